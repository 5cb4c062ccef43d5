"""SwAV's queue."""

import torch
from mmengine.logging import MessageHub
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.registry import MODELS
from mmcl.utils.dist import world_size
from mmcl.utils.errors import expect


@MODELS.register_module()
class CodeQueue(BaseModule):
    """Embeddings of earlier steps, which small batches share out along with theirs (SwAV, https://arxiv.org/abs/2006.09882, section 4.1).

    A queue a view. Each process keeps what it made itself, since Sinkhorn adds up over processes.

    Args:
        size (int): Embeddings of a view held by all processes together, >= 1. The authors' code lowers it to a multiple of the batch.
        dim (int): Width of an embedding.
        start_epoch (int): First epoch, from 0, whose embeddings are kept. Defaults to 15.
        num_views (int): Views that codes are made of. Defaults to 2.

    Raises:
        InputError: ``size`` < 1, not a multiple of the number of processes, or smaller than the batch.
    """

    def __init__(self, size: int, dim: int, start_epoch: int = 15, num_views: int = 2) -> None:
        super().__init__()
        expect(
            size >= 1 and size % world_size() == 0,
            f'The queue has size={size} on {world_size()} process(es)',
            'a multiple of the number of processes, at least 1',
            'Set model.memory.size, e.g. 3840',
        )
        self.start_epoch = start_epoch
        self.register_buffer('queue', torch.zeros(num_views, size // world_size(), dim))
        self.register_buffer('written', torch.zeros((), dtype=torch.int64))  # embeddings so far, of one view
        self._written = None  # the same, read without a device synchronisation

    def __len__(self) -> int:
        return self.queue.shape[1]

    def read(self, view: int) -> Tensor | None:
        """A copy of a view's embeddings, (M, D); None before the queue is full."""
        self._written = int(self.written) if self._written is None else self._written
        return self.queue[view].clone() if self._written >= len(self) else None

    @torch.no_grad()
    def write(self, embeddings: Tensor) -> None:
        """Replace the oldest embeddings by this step's; nothing happens before ``start_epoch``.

        Args:
            embeddings (Tensor): This process's, (views, N, D).
        """
        if MessageHub.get_current_instance().get_info('epoch', 0) < self.start_epoch:
            return
        num = embeddings.shape[1]
        expect(
            num <= len(self),
            f'A step makes {num} embeddings a view and process, but the queue holds {len(self)}',
            'a queue at least as long as the batch',
            f'Set model.memory.size to {num * world_size()} or more',
        )
        rows = (self.written + torch.arange(num, device=embeddings.device)) % len(self)
        self.queue[:, rows] = embeddings.to(self.queue.dtype)
        self.written += num
        self._written = None if self._written is None else self._written + num

    def _load_from_state_dict(self, *args) -> None:
        self._written = None
        super()._load_from_state_dict(*args)
