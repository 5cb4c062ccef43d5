"""Batch norm over all processes, and batch norm over parts of a batch."""

from typing import Callable, Optional, Tuple

import torch
import torch.nn.functional as F
from mmengine.model import revert_sync_batchnorm
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmcl.utils.dist import sum_with_grad, world_size
from mmcl.utils.errors import InputError


class _AnyDim(_BatchNorm):
    """Batch norm of (N, C) or (N, C, ...), which also counts its batches."""

    def _check_input_dim(self, input: Tensor) -> None:  # noqa: A002  torch's name
        if input.dim() < 2:
            raise ValueError(f'expected at least 2D input (got {input.dim()}D input)')

    def _count_batch(self) -> Optional[float]:
        """Note one more batch; the weight of this batch in the running statistics, None where none are kept."""
        if not self.training or not self.track_running_stats:
            return None
        self.num_batches_tracked.add_(1)
        return self.momentum if self.momentum is not None else 1 / float(self.num_batches_tracked)


class CrossRankBatchNorm(_AnyDim):
    """SyncBN on any device: statistics of the batches of all processes together, as autograd all-reduces.

    Equals one process's batch norm on the whole batch in the forward pass, the gradients and the running statistics.
    ``nn.SyncBatchNorm`` refuses CPU tensors. Processes may hold different numbers of images. Arguments and checkpoint
    keys are those of ``nn.BatchNorm2d``.

    Shapes: (N, C) or (N, C, ...) -> the same; statistics in fp32 (fp64 for fp64 input).
    """

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  torch's name
        """Normalise; in evaluation, or alone, as plain batch norm."""
        if world_size() == 1 or (not self.training and self.running_mean is not None):
            return super().forward(input)
        self._check_input_dim(input)
        x = input if input.dtype == torch.float64 else input.float()
        axes = [axis for axis in range(x.dim()) if axis != 1]
        shape = [1, -1] + [1] * (x.dim() - 2)
        local = x.new_tensor([x.numel() / x.size(1)])
        *total, count = sum_with_grad(torch.cat([x.sum(axes), local])).split([x.size(1), 1])
        if self.training and count <= 1:
            raise ValueError(
                f'Expected more than 1 value per channel when training, got input size {input.size()}'
            )
        mean = total[0] / count
        centred = x - mean.view(shape)  # two passes: no cancellation, unlike E[x^2] - E[x]^2
        variance = sum_with_grad(centred.square().sum(axes)) / count
        weight = self._count_batch()
        if weight is not None:
            with torch.no_grad():
                self.running_mean.lerp_(mean.to(self.running_mean.dtype), weight)
                self.running_var.lerp_((variance * count / (count - 1)).to(self.running_var.dtype), weight)
        output = centred * (variance + self.eps).rsqrt().view(shape)
        if self.affine:
            output = output * self.weight.view(shape) + self.bias.view(shape)
        return output.to(input.dtype)


class SplitBatchNorm(_AnyDim):
    """Batch norm with separate statistics for ``num_splits`` consecutive parts of the batch: what so many devices compute.

    MoCo's single-device emulation of shuffling BN. Running statistics follow the mean over parts; evaluation is plain
    batch norm. Checkpoint keys are those of ``nn.BatchNorm2d``.

    Args:
        num_features (int): Channels, C.
        num_splits (int): Parts, >= 1.
        **kwargs: Of ``nn.BatchNorm2d``.

    Shapes: (N, C) or (N, C, ...) -> the same.
    Raises: InputError: In training, N is not a multiple of ``num_splits``.
    """

    def __init__(self, num_features: int, num_splits: int, **kwargs) -> None:
        super().__init__(num_features, **kwargs)
        self.num_splits = num_splits

    def forward(self, input: Tensor) -> Tensor:  # noqa: A002  torch's name
        """Normalise each part by itself in training, everything by the running statistics in evaluation."""
        if not self.training:
            return super().forward(input)
        self._check_input_dim(input)
        if len(input) % self.num_splits:
            raise InputError(
                f'A batch of {len(input)} images cannot be split into {self.num_splits} equal parts for batch norm',
                f'a batch size that is a multiple of {self.num_splits}',
                'Change train_dataloader.batch_size or model.encoder.bn_splits',
            )
        weight = self._count_batch()
        parts = input.chunk(self.num_splits)
        if weight is None:
            return torch.cat([self._normalise(part, None, None, 0.0) for part in parts])
        means = self.running_mean.repeat(self.num_splits, 1)
        variances = self.running_var.repeat(self.num_splits, 1)
        output = torch.cat([self._normalise(*each, weight) for each in zip(parts, means, variances)])
        self.running_mean.copy_(means.mean(0))
        self.running_var.copy_(variances.mean(0))
        return output

    def _normalise(
        self, part: Tensor, mean: Optional[Tensor], variance: Optional[Tensor], weight: float
    ) -> Tensor:
        return F.batch_norm(part, mean, variance, self.weight, self.bias, True, weight, self.eps)

    def extra_repr(self) -> str:
        """Say the number of parts as well."""
        return f'{super().extra_repr()}, num_splits={self.num_splits}'


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


def split_batchnorm(module: Optional[nn.Module], num_splits: int) -> Optional[nn.Module]:
    """Replace every plain batch norm by :class:`SplitBatchNorm`, in place; SyncBN, which says the opposite, is left alone.

    Args:
        module (nn.Module, optional): What to convert; None stays None.
        num_splits (int): Parts of the batch, >= 1.

    Returns:
        nn.Module: ``module``, or its replacement where it is a batch norm itself.
    """
    if module is None:
        return None
    return _replace(
        module, _plain_kinds(), lambda layer: SplitBatchNorm(num_splits=num_splits, **_settings(layer))
    )


@torch.no_grad()
def average_statistics(model: nn.Module) -> None:
    """Give all processes the mean of their running statistics, so that they evaluate the same network.

    Plain batch norm follows each process's own images; synchronised layers are equal already and left alone.

    Args:
        model (nn.Module): Changed in place; nothing happens on one process.
    """
    if world_size() == 1:
        return
    synchronised = (nn.SyncBatchNorm, CrossRankBatchNorm)
    layers = [
        each
        for each in model.modules()
        if isinstance(each, _BatchNorm) and not isinstance(each, synchronised)
    ]
    statistics = [
        each for layer in layers for each in (layer.running_mean, layer.running_var) if each is not None
    ]
    if statistics:
        mean = sum_with_grad(torch.cat(statistics)) / world_size()
        for old, new in zip(statistics, mean.split([len(each) for each in statistics])):
            old.copy_(new)
