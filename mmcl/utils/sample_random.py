"""Random numbers of one training step: of each image, whatever its place in the batch and the number of processes, or of a whole batch."""

from typing import Sequence

import numpy as np
import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.structures import sample_idx
from mmcl.utils.dist import rank
from mmcl.utils.keyed_random import step_keys, uniform


def batch_key(name: str) -> int:
    """A key of what is drawn under ``name`` for this process's batch as a whole in this step."""
    return int(step_keys(name, np.array(rank())))


def sample_keys(data_samples: Sequence[DataSample], name: str) -> np.ndarray:
    """A key of each image for what is drawn under ``name`` in this step, uint64 (N,)."""
    return step_keys(name, sample_idx(data_samples).numpy())


def sample_uniform(data_samples: Sequence[DataSample], name: str, num: int) -> Tensor:
    """Numbers in [0, 1) of each image for what is drawn under ``name`` in this step, float64 (N, num), on the host."""
    return torch.from_numpy(uniform(sample_keys(data_samples, name), num))
