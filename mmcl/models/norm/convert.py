"""Put one kind of batch norm in the place of another."""

from typing import Callable, Tuple

import torch
from mmengine.model import revert_sync_batchnorm
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmcl.utils.dist import world_size
from mmcl.utils.dist_grad import sum_with_grad

from .cross_rank import CrossRankBatchNorm
from .split import SplitBatchNorm


def _replace(
    module: nn.Module, kinds: Tuple[type, ...], make: Callable[[_BatchNorm], _BatchNorm]
) -> nn.Module:
    """Put ``make(layer)`` in the place of every layer of exactly one of ``kinds``, with the same parameters and buffers."""
    if type(module) in kinds:
        new = make(module)
        for store in ('_parameters', '_buffers'):
            getattr(new, store).update(getattr(module, store))
        new.training = module.training
        return new
    for name, child in module.named_children():
        setattr(module, name, _replace(child, kinds, make))
    return module


def _settings(layer: _BatchNorm) -> dict:
    return dict(
        num_features=layer.num_features,
        eps=layer.eps,
        momentum=layer.momentum,
        affine=layer.affine,
        track_running_stats=layer.track_running_stats,
    )


def _plain_kinds() -> Tuple[type, ...]:
    # what revert_sync_batchnorm makes is a batch norm without a dimension check, private to MMEngine
    reverted = type(revert_sync_batchnorm(nn.SyncBatchNorm(1)))
    return nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d, reverted


def convert_sync_batchnorm_for_cpu(model: nn.Module) -> nn.Module:
    """Make ``nn.SyncBatchNorm`` work without a GPU.

    Args:
        model (nn.Module): Changed in place; parameters and buffers stay the same objects.

    Returns:
        nn.Module: ``model`` with :class:`CrossRankBatchNorm` where there are several processes, else with plain batch norm.
    """
    if world_size() == 1:
        return revert_sync_batchnorm(model)
    # MMCV's SyncBN is a subclass
    kinds = tuple({type(layer) for layer in model.modules() if isinstance(layer, nn.SyncBatchNorm)})
    return _replace(model, kinds, lambda layer: CrossRankBatchNorm(**_settings(layer)))


def without_sync(model: nn.Module) -> nn.Module:
    """Make every synchronised batch norm local, in place, so that a model can run on one process alone."""
    model = _replace(model, (CrossRankBatchNorm,), lambda layer: nn.SyncBatchNorm(**_settings(layer)))
    return revert_sync_batchnorm(model)


def split_batchnorm(module: nn.Module, num_splits: int) -> nn.Module:
    """Replace every plain batch norm by :class:`SplitBatchNorm`, in place; SyncBN, which says the opposite, is left alone.

    Args:
        module (nn.Module): What to convert.
        num_splits (int): Parts of the batch, >= 1.

    Returns:
        nn.Module: ``module``, or its replacement where it is a batch norm itself.
    """
    return _replace(
        module, _plain_kinds(), lambda layer: SplitBatchNorm(num_splits=num_splits, **_settings(layer))
    )


@torch.no_grad()
def average_statistics(model: nn.Module) -> None:
    """Give all processes the mean of their running statistics, so that they evaluate the same network.

    Plain batch norm follows each process's own images; synchronised layers, and those in evaluation mode, are equal already and left alone.

    Args:
        model (nn.Module): Changed in place; nothing happens on one process.
    """
    if world_size() == 1:
        return
    synchronised = (nn.SyncBatchNorm, CrossRankBatchNorm)
    layers = [
        each
        for each in model.modules()
        if isinstance(each, _BatchNorm) and each.training and not isinstance(each, synchronised)
    ]
    statistics = [
        each for layer in layers for each in (layer.running_mean, layer.running_var) if each is not None
    ]
    if statistics:
        mean = sum_with_grad(torch.cat(statistics)) / world_size()
        for old, new in zip(statistics, mean.split([len(each) for each in statistics])):
            old.copy_(new)
