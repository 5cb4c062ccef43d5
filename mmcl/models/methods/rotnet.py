"""RotNet."""

from typing import List, Tuple

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.learners import PretextLearner
from mmcl.models.policies import rotate
from mmcl.registry import MODELS
from mmcl.utils.errors import expect
from mmcl.utils.sample_random import sample_uniform


@MODELS.register_module()
class RotNet(PretextLearner):
    """Predicting image rotations (Gidaris et al. 2018, https://arxiv.org/abs/1803.07728, section 3).

    To tell which way up a picture is, a network must know what is in it. All four turns of an image are in the batch::

        for x in loader:
            y = [rot90(x, r) for r in 0, 1, 2, 3]           # pixels move, nothing is interpolated
            loss = mean over r of CE(classifier(f(y_r)), r)

    The views may be mirrored, which comes before the turn: a mirrored quarter turn is a three-quarter turn of the mirrored image.
    Parts: :class:`ClassifierHead` with four classes.

    Args:
        turns_per_image (int): 4, the paper's, or 1: each image is in the batch once, turned at random (VISSL), so that four times as many
            images fit. Defaults to 4.
        **kwargs: See :class:`PretextLearner`.

    Raises:
        InputError: Another number of turns.
    """

    def __init__(self, *args, turns_per_image: int = 4, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        given = f'RotNet has turns_per_image={turns_per_image}'
        expect(turns_per_image in (1, 4), given, '1 or 4', 'Set model.turns_per_image')
        self.turns_per_image = turns_per_image

    def make(self, images: Tensor, data_samples: List[DataSample]) -> Tuple[Tensor, Tensor]:
        """Images (N, 3, S, S) -> their turns (4 N, 3, S, S), an image's one after another, and 0, 1, 2, 3 for each; or one of each."""
        if self.turns_per_image == 1:
            turns = (4 * sample_uniform(data_samples, 'turn', 1)[:, 0]).long()
            return rotate(images, turns), turns
        turns = torch.arange(4).repeat(len(images))
        return rotate(images.repeat_interleave(4, dim=0), turns), turns
