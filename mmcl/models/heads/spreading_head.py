"""The head of Invariant and Spreading."""

from functools import partial
from typing import Dict

import torch
from torch import Tensor

from mmcl.models.losses import spreading
from mmcl.registry import MODELS
from mmcl.structures import ContrastSet
from mmcl.utils.errors import expect_each

from .contrastive_head import ContrastiveHead
from .one_positive import OnePositive


@MODELS.register_module()
class SpreadingHead(OnePositive, ContrastiveHead):
    """Invariance and spreading of a :class:`ContrastSet` (Ye et al. 2019, https://arxiv.org/abs/1904.03436).

    See :func:`~mmcl.models.losses.spreading`. With ``negatives=dict(type='BatchNegatives')`` and ``encoder=dict(type='SharedPair',
    stop_gradient=True)`` SimCLR with this head is the authors' method.

    Args:
        temperature (float): Divides the cosines, > 0. Defaults to 0.1.
        negative_weight (float): M, how often a negative counts, > 0 (the authors' ``--batch-m``). Defaults to 1.
        spread (float): Factor of the spreading term, >= 0; 0 with ``negative_weight=1`` is InfoNCE. Defaults to 1.
        loss_weight (float): Multiplies the loss. Defaults to 1.

    Raises:
        InputError: A value outside its range.
    """

    def __init__(
        self,
        temperature: float = 0.1,
        negative_weight: float = 1.0,
        spread: float = 1.0,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(temperature, loss_weight)
        expect_each(
            'SpreadingHead has',
            'Set model.head.{name}',
            ('negative_weight', negative_weight, negative_weight > 0, 'a number above 0'),
            ('spread', spread, spread >= 0, 'a number >= 0'),
        )
        self.rule = partial(spreading, negative_weight=negative_weight, spread=spread)

    def forward(self, contrast: ContrastSet) -> Dict[str, Tensor]:
        """Compare; see :meth:`ContrastiveHead.forward`. ``chance`` is the loss of a network that cannot tell the candidates apart."""
        terms = super().forward(contrast)
        num = (terms['chance'] / self.loss_weight).exp().round().long()  # candidates that an anchor sees
        alike = terms['chance'].new_zeros(1, max(int(num), 1))
        chance = self.rule(alike, torch.zeros(1, dtype=torch.int64, device=alike.device))[0][0]
        return dict(terms, chance=chance * self.loss_weight)
