"""HCL's head."""

from functools import partial
from typing import Callable

from mmcl.models.losses.hard_info_nce import hard_info_nce
from mmcl.registry import MODELS
from mmcl.utils.errors import expect_each

from .contrastive_head import ContrastiveHead
from .one_positive import OnePositive


@MODELS.register_module()
class HardNegativeHead(OnePositive, ContrastiveHead):
    """InfoNCE with negatives weighted by hardness and corrected for those of the anchor's class (HCL, https://arxiv.org/abs/2010.04592).

    It takes the place of :class:`ContrastiveHead` in any method; see :func:`~mmcl.models.losses.hard_info_nce.hard_info_nce`. A set that
    brings temperatures of its own is not what the paper's bound is for.

    Args:
        temperature (float): Divides the cosines, > 0. Defaults to 0.5.
        beta (float): Concentration on hard negatives, >= 0; 0 leaves DCL. Defaults to 1.
        debias (float): Prior of an image being of the anchor's class, in [0, 1), e.g. 1 / classes; 0 corrects nothing. Defaults to 0.1.
        through_weights (bool): Let gradient flow through the weights, as the authors' code does. Defaults to True.
        loss_weight (float): Multiplies the loss. Defaults to 1.

    Raises:
        InputError: A value outside its range.
    """

    def __init__(
        self,
        temperature: float = 0.5,
        beta: float = 1.0,
        debias: float = 0.1,
        through_weights: bool = True,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__(temperature, loss_weight)
        expect_each(
            'HardNegativeHead has',
            'Set model.head.{name}',
            ('beta', beta, beta >= 0, 'a number >= 0'),
            ('debias', debias, 0 <= debias < 1, 'a number in [0, 1)'),
        )
        self.beta, self.debias, self.through_weights = beta, debias, through_weights

    @property
    def rule(self) -> Callable:
        """The loss of an anchor, at the beta of now: ``ScheduleHook`` may change it."""
        return partial(
            hard_info_nce,
            beta=self.beta,
            debias=self.debias,
            lowest=-1 / self.temperature,
            through_weights=self.through_weights,
        )
