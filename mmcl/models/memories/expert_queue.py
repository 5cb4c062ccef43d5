"""MiCE's queue."""

import torch

from mmcl.registry import MODELS

from .feature_queue import FeatureQueue


@MODELS.register_module()
class ExpertQueue(FeatureQueue):
    """A :class:`FeatureQueue` whose keys are what all experts make of an image, (D, K) (MiCE, https://arxiv.org/abs/2105.01899).

    Starts as uniform numbers, of mean squared length 1.

    Args:
        size (int): Images held, >= the batch over all processes.
        dim (int): Width of an embedding, D.
        num_experts (int): K.

    Raises:
        InputError: ``size`` < 1, or a batch larger than the queue.
    """

    def __init__(self, size: int, dim: int, num_experts: int) -> None:
        super().__init__(size, dim)
        bound = (3 / dim) ** 0.5
        self.queue = torch.empty(size, dim, num_experts).uniform_(-bound, bound)
