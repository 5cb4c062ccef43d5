"""One kernel for all parameters, where there is one."""

import inspect
from typing import Any

import torch
from torch.optim import Optimizer

from mmcl.registry import OPTIMIZERS


def adapted_optimizer(cfg: dict, device: str, processes: int) -> dict:
    """An optimizer's config, fit for where it runs.

    Args:
        cfg (dict): Has ``type``; ``fused`` is added where the optimizer has kernels for the device and neither it nor ``foreach`` is
            given. Without, torch takes ``foreach`` on GPUs, and on CPUs, where it is slower, a loop.
        device (str): 'cpu' or 'cuda'.
        processes (int): Where it is 1, ``ZeroRedundancyOptimizer``, which shares state out, gives way to the optimizer that it wraps.

    Returns:
        dict: A changed copy, or ``cfg``.
    """
    cfg = dict(cfg)
    if processes == 1 and cfg['type'] == 'ZeroRedundancyOptimizer' and 'optimizer_type' in cfg:
        cfg['type'] = cfg.pop('optimizer_type')
    kind = cfg.get('optimizer_type', cfg['type'])
    kind = OPTIMIZERS.get(kind) if isinstance(kind, str) else kind
    if 'fused' not in cfg and not cfg.get('foreach') and _has_kernels(kind, device):
        cfg['fused'] = True
    return cfg


def _has_kernels(kind: Any, device: str) -> bool:
    if kind is None or 'fused' not in inspect.signature(kind).parameters:
        return False
    try:
        kind([torch.zeros(1, device=device, requires_grad=True)], lr=0.1, fused=True)
    except (RuntimeError, TypeError):  # none for this device, or not one of torch's optimizers
        return False
    return True


def merge_groups(optimizer: Optimizer) -> None:
    """Make one group of all parameter groups with equal settings, in the order in which they first appear.

    MMEngine makes a group of every parameter where there is a ``paramwise_cfg``, which leaves a fused or foreach kernel nothing to fuse.

    Args:
        optimizer (Optimizer): Has not stepped yet.
    """
    groups = {}
    for group in optimizer.param_groups:
        settings = repr(sorted((name, value) for name, value in group.items() if name != 'params'))
        if settings in groups:
            groups[settings]['params'] += group['params']
        else:
            groups[settings] = group
    optimizer.param_groups[:] = groups.values()


def keep_layouts_equal(optimizer: Optimizer) -> None:
    """Give gradients and state their parameter's memory layout before each step of a fused optimizer.

    Autograd, DDP and checkpoints all keep to it. Were one to differ, though, the CPU's fused kernels would silently pair the wrong
    elements, as they walk through memory and look at no strides.

    Args:
        optimizer (Optimizer): Is given a hook, where it is fused.
    """
    optimizer = getattr(optimizer, 'optim', optimizer)  # ZeroRedundancyOptimizer's own
    if any(group.get('fused') for group in optimizer.param_groups):
        optimizer.register_step_pre_hook(_equalise)


def _equalise(optimizer: Optimizer, args: tuple, kwargs: dict) -> None:
    for group in optimizer.param_groups:
        for parameter in group['params']:
            strides = parameter.stride()
            if parameter.grad is not None and parameter.grad.stride() != strides:
                parameter.grad = torch.empty_like(parameter).copy_(parameter.grad)
            state = optimizer.state[parameter] if parameter in optimizer.state else {}
            if group.get('momentum') and parameter.grad is not None and not group['dampening']:
                # SGD's kernel takes buffers of all or of none; one that was frozen at first comes later
                optimizer.state[parameter].setdefault('momentum_buffer', torch.zeros_like(parameter))
            for name, value in state.items():
                if torch.is_tensor(value) and value.shape == parameter.shape and value.stride() != strides:
                    state[name] = torch.empty_like(parameter, dtype=value.dtype).copy_(value)
