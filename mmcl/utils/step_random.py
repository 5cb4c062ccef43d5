"""Random numbers of one training step: a function of (seed, iteration, name), so resume and recomputation repeat them."""

import hashlib

import torch
from mmengine.logging import MessageHub


def step_generator(name: str, rank: int = 0) -> torch.Generator:
    """A CPU generator for this iteration.

    Args:
        name (str): What is drawn; two names in one step are independent.
        rank (int): 0 for draws that all processes share, else 1 + the process's rank.
    """
    iteration = MessageHub.get_current_instance().get_info('iter', 0)
    key = f'{torch.initial_seed()} {iteration} {name} {rank}'.encode()
    return torch.Generator().manual_seed(int.from_bytes(hashlib.blake2b(key, digest_size=7).digest(), 'big'))
