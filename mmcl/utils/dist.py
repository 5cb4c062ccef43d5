"""Processes, and the one gather without gradient; the one with gradient is in ``dist_grad``."""

import torch
import torch.distributed as dist
from mmengine.dist import get_rank as rank
from mmengine.dist import get_world_size as world_size
from torch import Tensor

__all__ = ['gather', 'rank', 'world_size']


@torch.no_grad()
def gather(x: Tensor) -> Tensor:
    """Concatenate the rows of all processes, in rank order, without gradient.

    Args:
        x (Tensor): (N, ...), the same N on every process.

    Returns:
        Tensor: (W * N, ...), detached.
    """
    if world_size() == 1:
        return x.detach()
    x = x.detach().contiguous()
    parts = [torch.empty_like(x) for _ in range(world_size())]
    dist.all_gather(parts, x)
    return torch.cat(parts)
