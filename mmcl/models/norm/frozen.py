"""Running statistics that a second look at the same images leaves alone."""

import contextlib
from collections.abc import Iterator

import torch
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextlib.contextmanager
def frozen_statistics(*modules: nn.Module) -> Iterator[None]:
    """Put the running statistics of batch norm back as they were, while training mode normalises by the batch as ever.

    For whatever runs a network twice on the same images: they count once. Nothing else about the second run differs from the first, as
    activation checkpointing and compiled networks want it.

    Args:
        *modules (nn.Module): Every batch norm in training mode in them, torch's and mmcl's.
    """
    layers = [each for module in modules for each in module.modules() if isinstance(each, _BatchNorm)]
    buffers = [buffer for layer in layers if layer.training for buffer in layer.buffers()]
    copies = [buffer.clone() for buffer in buffers]
    try:
        yield
    finally:
        with torch.no_grad():
            if buffers:
                torch._foreach_copy_(buffers, copies)


@contextlib.contextmanager
def uncounted(*modules: nn.Module) -> Iterator[None]:
    """Give batch norm copies of its running statistics to move, so that a forward pass does not count.

    For a graph that is differentiated after this: :func:`frozen_statistics` writes to what autograd has kept by then.

    Args:
        *modules (nn.Module): Every batch norm in training mode in them, torch's and mmcl's.
    """
    layers = [each for module in modules for each in module.modules() if isinstance(each, _BatchNorm)]
    buffers = [(layer, dict(layer.named_buffers())) for layer in layers if layer.training]
    try:
        for layer, own in buffers:
            layer._buffers.update({name: buffer.clone() for name, buffer in own.items()})
        yield
    finally:
        for layer, own in buffers:
            layer._buffers.update(own)
