"""Running statistics that a second look at the same images leaves alone."""

import contextlib
from collections.abc import Iterator

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm


@contextlib.contextmanager
def frozen_statistics(*modules: nn.Module) -> Iterator[None]:
    """Keep the running statistics of batch norm as they are, while training mode still normalises by the batch.

    For whatever runs a network twice on the same images: they count once.

    Args:
        *modules (nn.Module): Every batch norm in them, torch's and mmcl's.
    """
    layers = [each for module in modules for each in module.modules() if isinstance(each, _BatchNorm)]
    layers = [layer for layer in layers if layer.training and layer.track_running_stats]
    for layer in layers:
        layer.track_running_stats = False  # in training mode this means: neither read nor written
    try:
        yield
    finally:
        for layer in layers:
            layer.track_running_stats = True
