"""MoCo's queue, with classes."""

import torch
from torch import Tensor

from mmcl.registry import MODELS
from mmcl.structures import labels
from mmcl.utils.dist import gather

from .feature_queue import FeatureQueue


@MODELS.register_module()
class LabelledQueue(FeatureQueue):
    """A queue that also remembers the class of each key, for what looks at classes (MoCHi's oracle, supervised positives).

    ``labels`` (K,), int64, is -1 where no class is known, as for the random keys at the start.

    Args:
        size (int): Keys held, >= the batch over all processes.
        dim (int): Width of a key.
    """

    def __init__(self, size: int, dim: int) -> None:
        super().__init__(size, dim)
        self.register_buffer('labels', torch.full((size,), -1))

    @torch.no_grad()
    def write(self, keys: Tensor, data_samples: list | None = None) -> None:
        """Replace the oldest keys and their classes, -1 where no samples are given; see :meth:`FeatureQueue.write`."""
        known = torch.full((len(keys),), -1) if data_samples is None else labels(data_samples)
        given = gather(known.to(keys.device))
        columns = (self.pointer + torch.arange(len(given), device=keys.device)) % len(self)
        super().write(keys)
        self.labels[columns] = given
