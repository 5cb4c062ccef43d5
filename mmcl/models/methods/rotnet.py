"""RotNet."""

from typing import List, Tuple

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.learners import PretextLearner
from mmcl.models.policies import rotate
from mmcl.registry import MODELS


@MODELS.register_module()
class RotNet(PretextLearner):
    """Predicting image rotations (Gidaris et al. 2018, https://arxiv.org/abs/1803.07728, section 3).

    To tell which way up a picture is, a network must know what is in it. All four turns of an image are in the batch::

        for x in loader:
            y = [rot90(x, r) for r in 0, 1, 2, 3]           # pixels move, nothing is interpolated
            loss = mean over r of CE(classifier(f(y_r)), r)

    The views may be mirrored, which comes before the turn: a mirrored quarter turn is a three-quarter turn of the mirrored image.
    Parts: :class:`ClassifierHead` with four classes.
    """

    def make(self, images: Tensor, data_samples: List[DataSample]) -> Tuple[Tensor, Tensor]:
        """Images (N, 3, S, S) -> their turns (4 N, 3, S, S), an image's one after another, and 0, 1, 2, 3 for each image."""
        turns = torch.arange(4).repeat(len(images))
        return rotate(images.repeat_interleave(4, dim=0), turns), turns
