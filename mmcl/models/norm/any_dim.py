"""What both batch norms share."""

from typing import Optional

from torch import Tensor
from torch.nn.modules.batchnorm import _BatchNorm


class AnyDimBatchNorm(_BatchNorm):
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
