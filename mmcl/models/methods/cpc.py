"""CPC v2."""

import math
from typing import Dict

import torch
from torch import Tensor

from mmcl.models.encoders.base import unit
from mmcl.models.learners import PairLearner
from mmcl.models.policies import Step
from mmcl.registry import MODELS
from mmcl.structures import ContrastSet
from mmcl.utils.dist import rank


@MODELS.register_module()
class CPC(PairLearner):
    """Contrastive predictive coding, version 2 (Henaff et al. 2019, https://arxiv.org/abs/1905.09272; v1: https://arxiv.org/abs/1807.03748).

    An image is a grid of overlapping patches, each encoded alone. From all rows up to r the patch k rows further must be told from
    all patches of the batch::

        for x in loader:
            z[r, c] = f(patch r, c of x, augmented by itself)
            for d in (down, up, right, left):                   # the grid turned, networks of its own
                c = context_d(z)                                # masked convolutions: row r knows rows <= r
                for k in steps:
                    p = 0.1 W_dk c[r, c]
                    loss += CE(p . g(z of the whole batch), z[r + k, c])

    Parts: :class:`PatchPreprocessor`, :class:`PatchResNet`, ``neck`` is g, ``predictor`` a :class:`GridPredictor`, :class:`GridPair`,
    ``ContrastiveHead(temperature=10)``: its inverse is the paper's 0.1, and nothing is scaled to unit length. Negatives are the patches of
    all processes, the image's own among them. The losses of all directions and steps are added. Features are the mean over the patches.
    There is no code of the authors; the projection g is one for all directions, of which the paper says nothing.

    Args:
        **kwargs: See :class:`PairLearner`; ``encoder`` is GridPair, ``pairs`` follow from the predictor.
    """

    sum_over_pairs = True
    num_needed = 1

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, encoder=dict(type='GridPair'), **kwargs)
        self.pairs = [(name, 'patch') for name in self.predictor.names]

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Tell the patches that one prediction is of from all others."""
        name, key = step.pair
        targets = step.once('targets', lambda: self._targets(step))
        contrast = ContrastSet(step.query[name], shared=step.gathered_key(key), target=targets[name])
        return self.head(contrast)

    def _targets(self, step: Step) -> Dict[str, Tensor]:
        patches = step.key['patch']  # of this process
        index = torch.arange(len(patches), device=patches.device) + rank() * len(patches)
        num = len(step.data_samples)
        side = math.isqrt(len(patches) // num)  # crops are square
        return self.predictor.targets(index.view(num, side, side))

    def features(self, images: Tensor) -> Tensor:
        """Backbone features, (N, C) of unit length: the mean over the patches (N, R, C, 3, p, p), or those of whole images (N, 3, H, W)."""
        if images.dim() == 4:
            return super().features(images)
        return unit(self.encoder.grid(self, images).mean(dim=(1, 2)))
