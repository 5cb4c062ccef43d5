"""The head of methods that predict an embedding from another."""

from typing import Dict

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
        p, z = prediction.detach(), target.detach()
        own = (p * z).sum(dim=1)  # (N,)
        others = (p.sum(dim=0) @ z.sum(dim=0) - own.sum()) / max(len(p) * (len(p) - 1), 1)
        return dict(
            loss=distance * self.loss_weight,
            chance=distance.new_tensor(2.0 * self.loss_weight),
            pos_sim=own.mean(),
            neg_sim=others,
        )
