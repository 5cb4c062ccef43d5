"""Batch norm over all processes."""

import torch
from torch import Tensor

from mmcl.utils.dist import world_size
from mmcl.utils.dist_grad import sum_with_grad

from .any_dim import AnyDimBatchNorm


class CrossRankBatchNorm(AnyDimBatchNorm):
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
