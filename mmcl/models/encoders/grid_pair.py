"""Patches of an image, and predictions of them from their neighbours."""

from typing import Dict, Tuple

from torch import Tensor, nn

from mmcl.models.necks import pool
from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .base import EncoderPair, Views, precise


@MODELS.register_module()
class GridPair(EncoderPair):
    """Keys are projections of an image's patches, queries what the learner's predictor says of them; neither is of unit length."""

    def __init__(self) -> None:  # no chunks
        super().__init__()

    def grid(self, network: nn.Module, patches: Tensor) -> Tensor:
        """Features of each patch: (N, R, C, 3, p, p) -> (N, R, C, D)."""
        expect(
            patches.dim() == 6,
            f'Images of shape {tuple(patches.shape)} came without patches',
            'a grid of patches, (N, rows, columns, 3, side, side)',
            'Use the PatchPreprocessor as model.data_preprocessor',
        )
        return pool(network.backbone(patches.flatten(0, 2))).unflatten(0, patches.shape[:3])

    def forward(
        self, learner: nn.Module, views: Views, pairs: list
    ) -> Tuple[Dict[str, Tensor], Dict[str, Tensor]]:
        """Encode one view of patches.

        Args:
            learner (nn.Module): Has ``backbone``, ``neck`` and a grid's ``predictor``.
            views (list[Tensor]): One, (N, R, C, 3, p, p).
            pairs (list[tuple[str, str]]): (name of a prediction, 'patch').

        Returns:
            tuple: Predictions by name, and under 'patch' the projections of all patches (N * R * C, D), images first, then rows.
        """
        grid = self.grid(learner, views[0])
        queries = learner.predictor(grid.permute(0, 3, 1, 2))
        patches = learner.neck(grid.flatten(0, 2))
        return {name: precise(made) for name, made in queries.items()}, {'patch': precise(patches)}

    def project(self, network: nn.Module, images: Tensor) -> Tensor:
        """Whole images, or the mean over their patches, through the neck."""
        features = (
            self.grid(network, images).mean(dim=(1, 2)) if images.dim() == 6 else network.backbone(images)
        )
        return network.neck(features)
