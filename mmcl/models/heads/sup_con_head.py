"""SupCon's head."""

import dataclasses
from typing import Callable, Dict, Tuple

from torch import Tensor

from mmcl.models.losses import info_nce, multi_positive
from mmcl.registry import MODELS
from mmcl.structures import ClassContrastSet
from mmcl.utils.errors import expect

from .contrastive_head import ContrastiveHead


@MODELS.register_module()
class SupConHead(ContrastiveHead):
    """The losses of anchors with several positives (SupCon, https://arxiv.org/abs/2004.11362, section 3.2).

    Args:
        temperature (float): Divides the cosines, > 0. Defaults to 0.1.
        form (str): 'out', the mean of the positives' losses (eq. 2), for which :class:`ContrastiveHead` will do too; or 'in', the loss of
            their mean probability (eq. 3), which the paper finds worse. Defaults to 'out'.
        loss_weight (float): Multiplies the loss. The authors' code has temperature / 0.07 here. Defaults to 1.

    Raises:
        InputError: ``temperature`` <= 0, another ``form``, or a set without several positives.
    """

    def __init__(self, temperature: float = 0.1, form: str = 'out', loss_weight: float = 1.0) -> None:
        super().__init__(temperature, loss_weight)
        given = f'SupConHead has form={form!r}'
        expect(form in ('out', 'in'), given, "'out' or 'in'", 'Set model.head.form')
        self.form = form

    def forward(self, contrast: ClassContrastSet) -> Dict[str, Tensor]:
        """Compare; see :meth:`ContrastiveHead.forward`."""
        expect(
            isinstance(contrast, ClassContrastSet),
            'SupConHead was given a set whose anchors have one positive each',
            'several positives',
            "End model.negatives with dict(type='ClassPositives')",
        )
        terms = super().forward(dataclasses.replace(contrast, offset=None) if self.form == 'in' else contrast)
        if contrast.weight is not None:
            terms['chance'] = terms['chance'] * contrast.weight.mean()
        return terms

    def rule_of(self, contrast: ClassContrastSet) -> Callable:
        """The loss of an anchor, which knows its positives by its place in the set."""
        done = 0

        def rule(logits: Tensor, target: Tensor) -> Tuple[Tensor, Tensor]:
            nonlocal done
            part = slice(done, done + len(target))
            done = part.stop
            if self.form == 'out':
                losses, gradient = info_nce(logits, target)
            else:
                losses, gradient = multi_positive(logits, contrast.positives(part))
            if contrast.weight is None:
                return losses, gradient
            return losses * contrast.weight[part], gradient * contrast.weight[part, None]

        return rule
