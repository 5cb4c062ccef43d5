"""Activations that are computed again instead of kept."""

import contextlib
import functools
from collections.abc import Sequence
from typing import Tuple, Union

import torch
from torch import nn
from torch.utils.checkpoint import checkpoint

from mmcl.models.norm import frozen_statistics
from mmcl.utils.errors import InputError
from mmcl.utils.near_match import remedy


def checkpoint_activations(model: nn.Module, names: Union[str, Sequence[str]]) -> None:
    """Make modules keep their inputs only, and run again in backward (Chen et al. 2016, https://arxiv.org/abs/1604.06174).

    Gradients are the same, random numbers and autocast included. MMEngine's ``turn_on_activation_checkpointing`` counts each batch twice
    in batch norm's running statistics; here it counts once.

    Args:
        model (nn.Module): Changed in place; no name in it changes.
        names (str | Sequence[str]): Of its submodules, e.g. 'backbone.layer1'.

    Raises:
        InputError: There is no submodule of a name.
    """
    modules = dict(model.named_modules())
    for name in [names] if isinstance(names, str) else names:
        if name not in modules:
            raise InputError(
                f'activation_checkpointing names {name!r}',
                'parts of the model, e.g. backbone.layer1',
                remedy(name, modules, 'Change activation_checkpointing'),
            )
        module = modules[name]
        module.forward = functools.partial(_forward, module, module.forward)


def _forward(module: nn.Module, forward, *args, **kwargs):
    if not torch.is_grad_enabled():
        return forward(*args, **kwargs)

    def contexts() -> Tuple:
        return contextlib.nullcontext(), frozen_statistics(module)

    return checkpoint(forward, *args, use_reentrant=False, context_fn=contexts, **kwargs)
