"""The head of methods that predict an embedding from another."""

from typing import Dict

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.models.losses import cosine_distance
from mmcl.registry import MODELS


@MODELS.register_module()
class LatentHead(BaseModule):
    """Cosine distance of a prediction to its target (BYOL, eq. 2; SimSiam's loss is half of it minus 1).

    Args:
        loss_weight (float): Multiplies the loss. Defaults to 1.
    """

    def __init__(self, loss_weight: float = 1.0) -> None:
        super().__init__()
        self.loss_weight = loss_weight

    def forward(self, prediction: Tensor, target: Tensor) -> Dict[str, Tensor]:
        """Compare (N, D) unit-length predictions with (N, D) unit-length targets.

        Returns:
            dict: Scalars ``loss``; ``chance``, the loss of unrelated vectors; ``pos_sim`` and ``neg_sim``, the mean cosine with the own
            target and with those of other images.
        """
        distance = cosine_distance(prediction, target)
        return dict(
            loss=distance * self.loss_weight,
            chance=distance.new_tensor(2.0 * self.loss_weight),
            **cosines(prediction, target),
        )


@torch.no_grad()
def cosines(query: Tensor, key: Tensor) -> Dict[str, Tensor]:
    """``pos_sim`` and ``neg_sim``: the mean cosine of (N, D) unit vectors with their own keys and with those of other images."""
    own = (query * key).sum()
    others = query.sum(dim=0) @ key.sum(dim=0) - own
    return dict(pos_sim=own / len(query), neg_sim=others / max(len(query) * (len(query) - 1), 1))
