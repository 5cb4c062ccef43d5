"""Batch norm over parts of a batch."""

from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from mmcl.utils.errors import expect

from .any_dim import AnyDimBatchNorm


class SplitBatchNorm(AnyDimBatchNorm):
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
        given = f'A batch of {len(input)} images cannot be split into {self.num_splits} equal parts for batch norm'
        expected = f'a batch size that is a multiple of {self.num_splits}'
        remedy = 'Change train_dataloader.batch_size, model.encoder.bn_splits or model.encoder.chunk_size'
        expect(len(input) % self.num_splits == 0, given, expected, remedy)
        weight = self._count_batch()
        parts = input.chunk(self.num_splits)
        normalise = partial(F.batch_norm, weight=self.weight, bias=self.bias, training=True, eps=self.eps)
        if weight is None:
            return torch.cat([normalise(part, None, None) for part in parts])
        means = self.running_mean.repeat(self.num_splits, 1)
        variances = self.running_var.repeat(self.num_splits, 1)
        output = torch.cat([normalise(*each, momentum=weight) for each in zip(parts, means, variances)])
        self.running_mean.copy_(means.mean(0))
        self.running_var.copy_(variances.mean(0))
        return output

    def extra_repr(self) -> str:
        """Say the number of parts as well."""
        return f'{super().extra_repr()}, num_splits={self.num_splits}'
