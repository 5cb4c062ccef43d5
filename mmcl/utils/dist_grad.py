"""What goes between processes with gradient."""

import torch
import torch.distributed as dist
from torch import Tensor

from .dist import gather, rank, world_size


class _AllReduce(torch.autograd.Function):
    """Sum over processes; each process's input is a term of every process's output, so the gradient is summed as well."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        x = x.clone(memory_format=torch.contiguous_format)
        dist.all_reduce(x)
        return x

    @staticmethod
    def backward(ctx, grad: Tensor) -> Tensor:
        return _AllReduce.apply(grad)


class _AllGather(torch.autograd.Function):
    """Concatenation over processes; see :func:`gather_with_grad`."""

    @staticmethod
    def forward(ctx, x: Tensor) -> Tensor:
        ctx.rows = len(x)
        return gather(x)

    @staticmethod
    def backward(ctx, grad: Tensor) -> Tensor:
        summed = _AllReduce.apply(grad)
        return summed[rank() * ctx.rows : (rank() + 1) * ctx.rows]


def sum_with_grad(x: Tensor) -> Tensor:
    """Sum a tensor over all processes, with gradient.

    Args:
        x (Tensor): Any shape, the same on every process.

    Returns:
        Tensor: The sum, same shape; ``x`` itself on one process.
    """
    return _AllReduce.apply(x) if world_size() > 1 else x


def gather_with_grad(x: Tensor) -> Tensor:
    """Concatenate the rows of all processes, in rank order, with gradient.

    Backward sums the incoming gradient over processes, then takes this process's rows. After DDP's averaging, a loss
    that is a mean over this process's anchors then has exactly the gradient of the mean over all anchors, and so does a
    loss that every process computes from everything.

    Args:
        x (Tensor): (N, ...), the same N on every process.

    Returns:
        Tensor: (W * N, ...) for W processes; ``x`` itself on one process.
    """
    return _AllGather.apply(x) if world_size() > 1 else x
