"""The head of every method that contrasts."""

from typing import Callable, Dict

from mmengine.model import BaseModule
from torch import Tensor

from mmcl.models.losses import info_nce, tiled_loss
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

    rule = staticmethod(info_nce)  # the loss of an anchor

    def __init__(self, temperature: float = 0.1, loss_weight: float = 1.0) -> None:
        super().__init__()
        given = f'The head has temperature={temperature}'
        expect(temperature > 0, given, 'a number above 0', 'Set model.head.temperature, e.g. 0.2')
        self.temperature = temperature
        self.loss_weight = loss_weight

    def rule_of(self, contrast: ContrastSet) -> Callable:
        """The loss of an anchor of this set; called for its anchors in order, see :func:`~mmcl.models.losses.tiled_loss`."""
        return self.rule

    def forward(self, contrast: ContrastSet) -> Dict[str, Tensor]:
        """Compare.

        Args:
            contrast (ContrastSet): N anchors and their candidates.

        Returns:
            dict: Scalars ``loss``; ``chance``, the loss of a network that cannot tell the candidates apart (ln of how many an anchor
            sees, times the weight); ``pos_sim`` and ``neg_sim``, the mean cosines.
        """
        temperature = self.temperature if contrast.temperature is None else contrast.temperature
        loss, positive, visible = tiled_loss(self.rule_of(contrast), contrast, temperature)
        if contrast.offset is not None:  # cross entropy is linear in its target
            loss = loss + (contrast.anchors * contrast.offset).sum(dim=1).mean() / temperature
        num, num_candidates = len(contrast.anchors), contrast.own.shape[1] + len(contrast.shared)
        num_visible = num * num_candidates - (contrast.hidden >= 0).sum()  # over all anchors
        return dict(
            loss=loss * self.loss_weight,
            chance=(num_visible / num).log() * self.loss_weight,
            pos_sim=positive / num,
            neg_sim=(visible - positive) / (num_visible - num).clamp(min=1),
        )
