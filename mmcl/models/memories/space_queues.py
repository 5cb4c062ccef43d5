"""A queue for each embedding space."""

from mmengine.model import BaseModule
from torch import nn

from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .feature_queue import FeatureQueue


@MODELS.register_module()
class SpaceQueues(BaseModule):
    """MoCo's queue once for each embedding space (LooC, https://arxiv.org/abs/2008.05659).

    Args:
        num_spaces (int): >= 1.
        size (int): Keys of a space held, >= the batch over all processes.
        dim (int): Width of a key.

    Raises:
        InputError: ``num_spaces`` < 1; see :class:`FeatureQueue` too.
    """

    def __init__(self, num_spaces: int, size: int, dim: int) -> None:
        super().__init__()
        given = f'SpaceQueues has num_spaces={num_spaces}'
        expect(num_spaces >= 1, given, 'at least 1', 'Set model.memory.num_spaces')
        self.queues = nn.ModuleList(FeatureQueue(size, dim) for _ in range(num_spaces))

    def __len__(self) -> int:
        return len(self.queues)

    def __getitem__(self, space: int) -> FeatureQueue:
        return self.queues[space]
