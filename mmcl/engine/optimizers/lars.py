"""LARS as in the papers of contrastive learning."""

from typing import Callable, Iterable, List, Optional

import torch
from torch import Tensor
from torch.optim import Optimizer

from mmcl.registry import OPTIMIZERS
from mmcl.utils.errors import expect_each


@OPTIMIZERS.register_module()
class LARS(Optimizer):
    r"""Layer-wise adaptive rate scaling (You et al. 2017, https://arxiv.org/abs/1708.03888), as SimCLR, BYOL, MoCo v3 and VICReg use it.

    For a tensor of two or more dimensions: :math:`u = g + \lambda w`, :math:`v \leftarrow \mu v + \eta \frac{\|w\|}{\|u\|} u`,
    :math:`w \leftarrow w - \mathrm{lr}\, v`. Tensors of one dimension (norm scales
    and shifts, biases) take plain momentum SGD without decay, as do parameter groups marked ``adapt=False`` (SimCLR's supervised head):
    ``optim_wrapper.paramwise_cfg=dict(custom_keys={'head': dict(adapt=False)})``.
    MMPretrain's LARS divides by :math:`\|g\| + \lambda \|w\|` instead and excludes nothing by itself.

    Args:
        params (iterable): Parameters or parameter groups.
        lr (float): Learning rate, >= 0.
        momentum (float): In [0, 1). Defaults to 0.9.
        weight_decay (float): L2 penalty, >= 0. Defaults to 0.
        eta (float): Trust coefficient, > 0. Defaults to 0.001.
        exclude_1d (bool): Leave one-dimensional tensors unadapted and undecayed. Defaults to True.
        lr_in_buffer (bool): Scale what enters the momentum buffer by the learning rate of its step, as You et al. and SimCLR's code do,
            instead of what leaves it; the same while the rate is constant. Defaults to False.

    Raises:
        InputError: A value outside its range.
    """

    def __init__(
        self,
        params: Iterable,
        lr: float,
        momentum: float = 0.9,
        weight_decay: float = 0.0,
        eta: float = 0.001,
        exclude_1d: bool = True,
        lr_in_buffer: bool = False,
    ) -> None:
        expect_each(
            'LARS was given',
            'Set optim_wrapper.optimizer.{name}',
            ('lr', lr, lr >= 0, 'a number >= 0'),
            ('momentum', momentum, 0 <= momentum < 1, 'a number in [0, 1)'),
            ('weight_decay', weight_decay, weight_decay >= 0, 'a number >= 0'),
            ('eta', eta, eta > 0, 'a number above 0'),
        )
        rates = dict(lr=lr, momentum=momentum, weight_decay=weight_decay, eta=eta)
        super().__init__(params, dict(**rates, exclude_1d=exclude_1d, lr_in_buffer=lr_in_buffer))

    @staticmethod
    def adapt(params: List[Tensor], grads: List[Tensor], eta: float, decay: float) -> List[Tensor]:
        """Gradients with decay, scaled by their tensor's trust ratio; those of a norm of 0 are not scaled."""
        decayed = torch._foreach_add(grads, params, alpha=decay)
        w, u = (torch.stack(torch._foreach_norm(tensors)) for tensors in (params, decayed))
        ratios = torch.where((w > 0) & (u > 0), eta * w / u, torch.ones_like(w))
        torch._foreach_mul_(decayed, ratios.unbind())
        return decayed

    @torch.no_grad()
    def step(self, closure: Optional[Callable] = None) -> Optional[float]:
        """Update every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            params = [p for p in group['params'] if p.grad is not None]
            if not params:
                continue
            plain, adapted = [], []
            for p in params:
                excluded = not group.get('adapt', True) or (group['exclude_1d'] and p.dim() <= 1)
                (plain if excluded else adapted).append(p)
            updates = [p.grad for p in plain]
            if adapted:
                updates += self.adapt(adapted, [p.grad for p in adapted], group['eta'], group['weight_decay'])
            ordered = plain + adapted
            for p in ordered:
                if 'momentum_buffer' not in self.state[p]:
                    self.state[p]['momentum_buffer'] = torch.zeros_like(p)
            buffers = [self.state[p]['momentum_buffer'] for p in ordered]
            torch._foreach_mul_(buffers, group['momentum'])
            entering, leaving = (group['lr'], 1) if group.get('lr_in_buffer') else (1, group['lr'])
            torch._foreach_add_(buffers, updates, alpha=entering)
            torch._foreach_add_(ordered, buffers, alpha=-leaving)
        return loss
