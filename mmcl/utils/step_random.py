"""Random numbers of one training step: a function of (seed, iteration, name), so resume and recomputation repeat them."""

import hashlib
from collections.abc import Callable

import torch
from mmengine.logging import MessageHub
from torch import Tensor

from .dist import rank, world_size


def step_generator(name: str, rank: int = 0) -> torch.Generator:
    """A CPU generator for this iteration.

    Args:
        name (str): What is drawn; two names in one step are independent.
        rank (int): 0 for draws that all processes share, else 1 + the process's rank.
    """
    iteration = MessageHub.get_current_instance().get_info('iter', 0)
    key = f'{torch.initial_seed()} {iteration} {name} {rank}'.encode()
    return torch.Generator().manual_seed(int.from_bytes(hashlib.blake2b(key, digest_size=7).digest(), 'big'))


def own_rows(draw: Callable[[int], Tensor], rows: int) -> Tensor:
    """Draw for the images of all processes and keep this process's, so that one process with all images draws the same.

    Args:
        draw (callable): From a number of images M to what is drawn for them, (M, ...), the same on all processes.
        rows (int): Images of each process.

    Returns:
        Tensor: (rows, ...).
    """
    return draw(world_size() * rows)[rank() * rows : (rank() + 1) * rows]
