"""Stateless random numbers: a value is a hash of its key, so it does not depend on workers, processes or order."""

import hashlib
from typing import Union

import numpy as np
import torch
from mmengine.logging import MessageHub

_Ints = Union[int, np.ndarray]
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _splitmix(x: np.ndarray) -> np.ndarray:
    """Finaliser of SplitMix64 (Steele, Lea, Flood 2014): a bijection of 64 bits that passes BigCrush."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def mix(*parts: _Ints) -> np.ndarray:
    """Hash integers into one uint64 (or an array of them, by broadcasting); the order of ``parts`` matters."""
    with np.errstate(over='ignore'):
        state = np.zeros((), np.uint64)
        for part in parts:
            state = _splitmix(state + _GOLDEN + np.asarray(part).astype(np.uint64))
        return state


def uniform(key: _Ints, num: int) -> np.ndarray:
    """Draw ``num`` numbers in [0, 1) for each key.

    Args:
        key (int or ndarray): Keys of shape (...,), each an integer below 2**64.
        num (int): Numbers a key, >= 1.

    Returns:
        ndarray: float64, shape (..., num).
    """
    key = np.asarray(key).astype(np.uint64)
    bits = mix(key[..., None], np.arange(num, dtype=np.uint64))
    return (bits >> np.uint64(11)).astype(np.float64) * 2.0**-53


def fixed_choice(ids: np.ndarray, num: int) -> np.ndarray:
    """Those ``num`` of the numbers (N,) whose hashes are smallest, ascending: the same in every run and on every process."""
    return np.sort(ids[np.argsort(mix(0, ids), kind='stable')[:num]])


def step_keys(name: str, ids: np.ndarray) -> np.ndarray:
    """Keys of a training step's images: a function of (seed, iteration, name, id), so neither batch order nor processes matter.

    Args:
        name (str): What is drawn; two names in one step are independent.
        ids (ndarray): The images' own numbers in the dataset, int (N,).

    Returns:
        ndarray: uint64 (N,), for :func:`uniform`.
    """
    iteration = MessageHub.get_current_instance().get_info('iter', 0)
    named = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), 'big')
    return mix(torch.initial_seed() % 2**64, iteration, np.uint64(named), ids)
