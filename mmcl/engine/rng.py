"""The random states of a process: captured, restored, kept."""

import contextlib
import random
from collections.abc import Iterator

import numpy as np
import torch


def capture_rng() -> dict:
    """Python's, NumPy's, torch's and the current GPU's random states, as plain data."""
    name, keys, position, has_gauss, gauss = np.random.get_state()
    state = dict(
        python=random.getstate(),
        numpy=(name, torch.from_numpy(keys.astype(np.int64)), position, has_gauss, gauss),
        torch=torch.get_rng_state(),
    )
    if torch.cuda.is_available():
        state['cuda'] = torch.cuda.get_rng_state()
    return state


def restore_rng(state: dict) -> None:
    """Put back what :func:`capture_rng` gave."""
    version, internal, gauss = state['python']
    random.setstate((version, tuple(internal), gauss))
    name, keys, *rest = state['numpy']
    np.random.set_state((name, keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state['torch'].cpu())
    if 'cuda' in state and torch.cuda.is_available():
        torch.cuda.set_rng_state(state['cuda'].cpu())


@contextlib.contextmanager
def preserved_rng() -> Iterator[None]:
    """Leave the random states as they were."""
    state = capture_rng()
    try:
        yield
    finally:
        restore_rng(state)
