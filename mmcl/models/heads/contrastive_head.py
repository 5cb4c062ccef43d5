"""The head of every method that contrasts."""

from typing import Dict

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.models.losses import info_nce
from mmcl.registry import MODELS
from mmcl.structures import ContrastSet
from mmcl.utils.errors import expect


@MODELS.register_module()
class ContrastiveHead(BaseModule):
    """InfoNCE of a :class:`ContrastSet`.

    Args:
        temperature (float): Divides the cosines, > 0. A set that brings its own temperatures (PCL's phi) uses those.
        loss_weight (float): Multiplies the loss, e.g. MoCo v3's 2 * temperature. Defaults to 1.

    Raises:
        InputError: ``temperature`` <= 0.
    """

    def __init__(self, temperature: float = 0.1, loss_weight: float = 1.0) -> None:
        super().__init__()
        given = f'The head has temperature={temperature}'
        expect(temperature > 0, given, 'a number above 0', 'Set model.head.temperature, e.g. 0.2')
        self.temperature = temperature
        self.loss_weight = loss_weight

    def forward(self, contrast: ContrastSet) -> Dict[str, Tensor]:
        """Compare.

        Args:
            contrast (ContrastSet): N anchors and their candidates.

        Returns:
            dict: Scalars ``loss``; ``chance``, the loss of a network that cannot tell the candidates apart (ln of how many an anchor
            sees, times the weight); ``pos_sim`` and ``neg_sim``, the mean cosines.
        """
        similarities = contrast.similarities()  # (N, C)
        temperature = self.temperature if contrast.temperature is None else contrast.temperature
        loss = info_nce(similarities / temperature, contrast.target) * self.loss_weight
        return dict(loss=loss, **self._statistics(similarities.detach(), contrast.target))

    @torch.no_grad()
    def _statistics(self, similarities: Tensor, target: Tensor) -> Dict[str, Tensor]:
        positive = similarities.gather(1, target[:, None])
        visible = similarities > float('-inf')
        num_visible = visible.sum().float()  # over all anchors
        total = similarities.masked_fill(~visible, 0).sum()
        num_negatives = (num_visible - len(target)).clamp(min=1)
        chance = (num_visible / len(target)).log()
        return dict(
            chance=chance * self.loss_weight,
            pos_sim=positive.mean(),
            neg_sim=(total - positive.sum()) / num_negatives,
        )
