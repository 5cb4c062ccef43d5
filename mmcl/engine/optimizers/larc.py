"""LARC, SwAV's optimizer."""

from typing import Any, Iterable, List

import torch
from torch import Tensor

from mmcl.registry import OPTIMIZERS

from .lars import LARS


@OPTIMIZERS.register_module()
class LARC(LARS):
    r"""Layer-wise adaptive rate scaling as Apex's ``LARC(clip=False)`` around momentum SGD does it (SwAV, SimSiam's linear evaluation).

    For every tensor, of one dimension too: :math:`u = \eta \frac{\|w\|}{\|g\| + \lambda \|w\| + 10^{-8}} (g + \lambda w)`,
    :math:`v \leftarrow \mu v + u`, :math:`w \leftarrow w - \mathrm{lr}\, v`. A tensor whose weights or gradient are all 0 is neither
    scaled nor decayed.

    Args:
        params (iterable): Parameters or parameter groups.
        lr (float): Learning rate, >= 0.
        **kwargs: ``momentum``, ``weight_decay`` and ``eta`` of :class:`LARS`.

    Raises:
        InputError: A value outside its range.
    """

    def __init__(self, params: Iterable, lr: float, **kwargs: Any) -> None:
        super().__init__(params, lr, exclude_1d=False, **kwargs)

    @staticmethod
    def adapt(params: List[Tensor], grads: List[Tensor], eta: float, decay: float) -> List[Tensor]:
        """Gradients with decay, scaled by their tensor's trust ratio."""
        w, g = (torch.stack(torch._foreach_norm(tensors)) for tensors in (params, grads))
        there = (w > 0) & (g > 0)
        ratios = torch.where(there, eta * w / (g + decay * w + 1e-8), torch.ones_like(w))
        decays = torch.where(there, ratios * decay, torch.zeros_like(w))
        scaled = torch._foreach_mul(grads, ratios.unbind())
        torch._foreach_add_(scaled, torch._foreach_mul(params, decays.unbind()))
        return scaled
