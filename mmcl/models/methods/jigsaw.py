"""Jigsaw puzzles."""

from typing import List, Tuple

from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.learners import PretextLearner
from mmcl.models.parts import build_part
from mmcl.models.policies import distant_permutations, take
from mmcl.registry import MODELS, TASK_UTILS
from mmcl.utils.sample_random import sample_uniform


@MODELS.register_module()
class Jigsaw(PretextLearner):
    """Solving jigsaw puzzles (Noroozi and Favaro 2016, https://arxiv.org/abs/1603.09246; with a ResNet: https://arxiv.org/abs/1905.01235).

    The tiles of an image are shuffled by one of P permutations, and a classifier must name it. Each tile passes the same network, which so
    has to learn what it shows and where in an object that belongs::

        permutations = P of them, chosen greedily for their distance
        for x in loader:
            tiles = cut(x)[permutations[p]]                 # p drawn; a gap between tiles, so that edges tell nothing
            loss = CE(classifier(concatenate(neck(f(tiles)))), p)

    Parts: :class:`Tiles`, :class:`TileNeck`, :class:`ClassifierHead`. The permutations are a buffer, as a checkpoint's classes are theirs.

    Args:
        tiles (dict): Config of the :class:`Tiles`.
        num_permutations (int): P, also the head's ``num_classes``. Defaults to 100.
        permutation_seed (int): Decides which ones. Defaults to 0.
        **kwargs: See :class:`PretextLearner`.
    """

    def __init__(
        self, *args, tiles: dict, num_permutations: int = 100, permutation_seed: int = 0, **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        self.tiles = build_part(tiles, 'tiles', TASK_UTILS)
        chosen = distant_permutations(num_permutations, self.tiles.grid**2, permutation_seed)
        self.register_buffer('permutations', chosen)

    def make(self, images: Tensor, data_samples: List[DataSample]) -> Tuple[Tensor, Tensor]:
        """Images (N, 3, H, W) -> shuffled tiles (N * T, 3, h, w), an image's one after another, and each image's permutation (N,)."""
        tiles = self.tiles.cut(images, data_samples, self.data_preprocessor)
        drawn = sample_uniform(data_samples, 'permutation', 1)[:, 0]
        labels = (drawn * len(self.permutations)).long().to(tiles.device)
        return take(tiles, self.permutations[labels]).flatten(0, 1), labels
