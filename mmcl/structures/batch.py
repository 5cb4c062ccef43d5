"""What a batch of data samples says, as tensors."""

from typing import Sequence

import torch
from mmpretrain.structures import DataSample
from torch import Tensor


def sample_idx(data_samples: Sequence[DataSample]) -> Tensor:
    """Each image's own index in its dataset, int64 (N,)."""
    return torch.tensor([sample.sample_idx for sample in data_samples], dtype=torch.int64)


def labels(data_samples: Sequence[DataSample]) -> Tensor:
    """Each image's class, int64 (N,); -1 where it is unknown."""
    return torch.tensor([int(s.gt_label) if 'gt_label' in s else -1 for s in data_samples], dtype=torch.int64)
