"""MoCo's queue."""

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.registry import MODELS
from mmcl.utils.dist import gather
from mmcl.utils.errors import expect


@MODELS.register_module()
class FeatureQueue(BaseModule):
    """First-in first-out store of keys (MoCo, https://arxiv.org/abs/1911.05722, section 3.1).

    Starts as random unit vectors. Every process holds the same queue, since the keys of all processes are written in rank order.

    Args:
        size (int): Keys held, >= the batch over all processes; it need not be a multiple of it.
        dim (int): Width of a key.

    Raises:
        InputError: ``size`` < 1, or a batch larger than the queue.
    """

    def __init__(self, size: int, dim: int) -> None:
        super().__init__()
        expect(size >= 1, f'The queue has size={size}', 'at least 1', 'Set model.memory.size, e.g. 65536')
        self.register_buffer('queue', F.normalize(torch.randn(size, dim), dim=1))  # (K, D)
        self.register_buffer('pointer', torch.zeros((), dtype=torch.int64))  # the oldest key, next to go

    def __len__(self) -> int:
        return len(self.queue)

    def read(self) -> Tensor:
        """A copy of the keys, (K, D)."""
        return self.queue.clone()

    @torch.no_grad()
    def write(self, keys: Tensor, data_samples: list | None = None) -> None:
        """Replace the oldest keys by this step's.

        Args:
            keys (Tensor): This process's keys, (N, D); those of all processes are gathered.
            data_samples (list[DataSample], optional): Their N samples, for a memory that keeps more than keys.
        """
        keys = gather(keys)
        given = f'A step makes {len(keys)} keys but the queue holds {len(self)}'
        expected = 'a queue at least as long as the batch over all processes'
        remedy = f'Set model.memory.size to {len(keys)} or more, or lower train_dataloader.batch_size'
        expect(len(keys) <= len(self), given, expected, remedy)
        columns = (self.pointer + torch.arange(len(keys), device=keys.device)) % len(self)
        self.queue[columns] = keys.to(self.queue.dtype)
        self.pointer.add_(len(keys)).remainder_(len(self))
