"""The head of methods with a margin."""

from typing import Dict

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.models.losses import triplet
from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .latent_head import cosines


@MODELS.register_module()
class TripletHead(BaseModule):
    """Every negative must be farther from its anchor than the positive, by a margin (see :func:`~mmcl.models.losses.triplet`).

    Args:
        margin (float): Of squared distances, which are at most 4, > 0. Defaults to 0.2.

    Raises:
        InputError: ``margin`` <= 0.
    """

    def __init__(self, margin: float = 0.2) -> None:
        super().__init__()
        given = f'TripletHead has margin={margin}'
        expect(margin > 0, given, 'a number above 0', 'Set model.head.margin, e.g. 0.2')
        self.margin = margin

    def forward(
        self, anchors: Tensor, positives: Tensor, negatives: Tensor, seen: Tensor
    ) -> Dict[str, Tensor]:
        """Compare unit vectors: anchors and positives (N, D), negatives (M, D), ``seen`` (N, M).

        Returns:
            dict: Scalars ``loss``; ``chance``, that of equal embeddings; ``pos_sim`` and ``neg_sim``, the mean cosines with the own
            positive and with those of other images.
        """
        loss = triplet(anchors, positives, negatives, seen, self.margin)
        with torch.no_grad():
            similar = cosines(anchors, positives)
        return dict(loss=loss, chance=loss.new_tensor(self.margin), **similar)
