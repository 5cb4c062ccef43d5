"""Shuffling batch norm."""

from typing import Callable

import torch
from torch import Tensor

from mmcl.utils.dist import gather, rank
from mmcl.utils.step_random import step_generator


@torch.no_grad()
def shuffled(encode: Callable[[Tensor], Tensor], images: Tensor) -> Tensor:
    """Encode images in an order shuffled over all processes and return the results in the given order (MoCo, section 3.3).

    The order is the same on every process; on one process it matters where batch norm is split into parts.

    Args:
        encode (callable): (N, C, H, W) -> (N, D), without gradient.
        images (Tensor): This process's images, (N, C, H, W).

    Returns:
        Tensor: (N, D), row i belongs to image i.
    """
    everyone = gather(images)  # (W * N, C, H, W)
    order = torch.randperm(len(everyone), generator=step_generator('shuffle_bn')).to(images.device)
    mine = slice(rank() * len(images), (rank() + 1) * len(images))
    encoded = gather(encode(everyone[order[mine]]))  # (W * N, D), in shuffled order
    return encoded[order.argsort()[mine]]
