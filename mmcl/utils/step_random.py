"""Random numbers of one training step: a function of (seed, iteration, name), so resume and recomputation repeat them."""

import zlib

import torch
from mmengine.logging import MessageHub

from .keyed_random import mix


def step_generator(name: str, rank: int = 0) -> torch.Generator:
    """A CPU generator for this iteration.

    Args:
        name (str): What is drawn; two names in one step are independent.
        rank (int): 0 for draws that all processes share, else 1 + the process's rank.
    """
    iteration = MessageHub.get_current_instance().get_info('iter', 0)
    key = mix(torch.initial_seed(), iteration, zlib.crc32(name.encode()), rank)
    return torch.Generator().manual_seed(int(key) >> 1)
