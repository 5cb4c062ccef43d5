"""What a batch of data samples says, as tensors."""

from typing import Sequence, Tuple

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.utils.errors import expect


def sample_idx(data_samples: Sequence[DataSample]) -> Tensor:
    """Each image's own index in its dataset, int64 (N,)."""
    return torch.tensor([sample.sample_idx for sample in data_samples], dtype=torch.int64)


def labels(data_samples: Sequence[DataSample]) -> Tensor:
    """Each image's class, int64 (N,); -1 where it is unknown."""
    return torch.tensor([int(s.gt_label) if 'gt_label' in s else -1 for s in data_samples], dtype=torch.int64)


def mixture(data_samples: Sequence[DataSample]) -> Tuple[Tensor, Tensor]:
    """How each image was mixed: its own share, float64 (N,) in [0, 1], and the row of the batch that has the rest, int64 (N,).

    Raises:
        InputError: The images were not mixed.
    """
    mixed = all('mixed_with' in sample for sample in data_samples)
    remedy = "Set model.data_preprocessor to dict(type='MixingPreprocessor', ...)"
    expect(mixed, 'A batch whose images were not mixed', 'samples with share and mixed_with', remedy)
    share = torch.tensor([sample.share for sample in data_samples], dtype=torch.float64)
    return share, torch.tensor([sample.mixed_with for sample in data_samples], dtype=torch.int64)
