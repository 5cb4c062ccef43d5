"""AMDIM."""

from typing import List

import numpy as np
import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.learners import MultiScaleLearner
from mmcl.registry import MODELS
from mmcl.structures import Inputs, view_keys
from mmcl.utils.keyed_random import mix

_FLIP = 0xF11B  # the views' own draws are keyed by their numbers


@MODELS.register_module()
class AMDIM(MultiScaleLearner):
    """Augmented multiscale Deep InfoMax (Bachman et al. 2019, https://arxiv.org/abs/1906.00910, section 3).

    Deep InfoMax between two views and across scales: the vector of one view must tell the locations of the other view's maps::

        for x in loader:
            x1, x2 = t(x), t(x)                             # flipped alike
            r1, r5, r7 = f(x1), f(x2)                       # maps of 1x1, 5x5, 7x7 locations
            for (s, t) in (1, 5), (1, 7), (5, 5):           # in both directions
                u = r_s . r_t / sqrt(D)                     # of 5x5, one random location
                loss += InfoNCE(c tanh(u / c)) / 2          # negatives: all locations of other images
                loss += 0.04 mean(u^2) / 2

    Parts: :class:`AMDIMEncoder` (or a ResNet's last maps), :class:`ScalePair`, ``MutualInfoHead(estimator='infonce', scaled=True, clip=20,
    penalty=0.04, loss_weight=0.5)``, maps named ``'1'``, ``'5'`` and ``'7'``.

    Args:
        shared_flip (bool): Mirror both views of every other image, as the paper does instead of flipping each on its own: its views need
            ``flip_prob=0``. Defaults to True.
        **kwargs: See :class:`MultiScaleLearner`.
    """

    default_tasks = (('1', '5'), ('1', '7'), ('5', '5'))

    def __init__(self, *args, shared_flip: bool = True, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.shared_flip = shared_flip

    def prepare(self, inputs: Inputs, data_samples: List[DataSample]) -> List[Tensor]:
        """The views, flipped alike."""
        views = super().prepare(inputs, data_samples)
        if not self.shared_flip:
            return views
        odd = (mix(view_keys(data_samples), _FLIP) & np.uint64(1)).astype(bool)
        flips = torch.from_numpy(odd).to(views[0].device)[:, None, None, None]
        return [torch.where(flips, view.flip(3), view) for view in views]
