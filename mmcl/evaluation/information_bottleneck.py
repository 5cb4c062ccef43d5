"""The information bottleneck of small tables, exactly (Tishby, Pereira and Bialek, physics/0004057)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mmcl.utils.errors import expect


def entropy(table: np.ndarray) -> float:
    """Entropy of a distribution of any shape, in nats."""
    p = table[table > 0]
    return float(-(p * np.log(p)).sum())


def information(joint: np.ndarray) -> float:
    """Mutual information of the two sides of a joint distribution p(x, y), (X, Y), in nats."""
    return entropy(joint.sum(axis=1)) + entropy(joint.sum(axis=0)) - entropy(joint)


def conditional_information(joint: np.ndarray) -> float:
    """I(A; B | C) of a joint distribution p(a, b, c), (A, B, C), in nats."""
    by_pairs = entropy(joint.sum(axis=1)) + entropy(joint.sum(axis=0))
    return by_pairs - entropy(joint) - entropy(joint.sum(axis=(0, 1)))


class Tradeoff(NamedTuple):
    """One point of the curve.

    Args:
        beta (float): Weight of what the code tells of Y.
        encoder (ndarray): p(t|x), (X, T), rows summing to 1.
        rate (float): I(X; T), nats.
        relevance (float): I(T; Y), nats.
        sweeps (list[float]): I(X; T) - beta I(T; Y) after each sweep.
    """

    beta: float
    encoder: np.ndarray
    rate: float
    relevance: float
    sweeps: list[float]


def ib_curve(
    joint: np.ndarray,
    betas: Sequence[float],
    num_codes: int | None = None,
    restarts: int = 10,
    max_sweeps: int = 2000,
    tolerance: float = 1e-12,
    seed: int = 0,
) -> list[Tradeoff]:
    """Minimise I(X; T) - beta I(T; Y) over p(t|x) for each ``beta``, by the paper's three self-consistent equations, in turn.

    No sweep raises the objective, but it has local minima: the best of several starts is kept, one of which is the identity.

    Args:
        joint (ndarray): p(x, y), (X, Y), entries >= 0 that sum to 1, every row above 0.
        betas (Sequence[float]): Each >= 0.
        num_codes (int, optional): T, >= 1. Defaults to None: X.
        restarts (int): Starts, >= 1. Defaults to 10.
        max_sweeps (int): At most, >= 1. Defaults to 2000.
        tolerance (float): Fall of the objective in a sweep at which it ends. Defaults to 1e-12.
        seed (int): Of the starts. Defaults to 0.

    Returns:
        list[Tradeoff]: In the order of ``betas``.

    Raises:
        InputError: ``joint`` is no such table.
    """
    joint = np.asarray(joint, dtype=np.float64)
    good = (
        joint.ndim == 2 and joint.min() >= 0 and abs(joint.sum() - 1) < 1e-9 and joint.sum(axis=1).min() > 0
    )
    expect(
        good,
        f'A table of shape {joint.shape} that sums to {joint.sum():g}',
        'p(x, y), (X, Y), without empty rows, that sums to 1',
        'Divide counts by their sum, and leave out what never happens',
    )
    num_codes = num_codes or len(joint)
    random = np.random.default_rng(seed)
    starts = [np.eye(len(joint), num_codes) * 0.98 + 0.02 / num_codes]
    starts += [random.dirichlet(np.full(num_codes, 0.5), len(joint)) for _ in range(restarts - 1)]
    starts = [start / start.sum(axis=1, keepdims=True) for start in starts]
    return [
        min(
            (_descend(joint, beta, start, max_sweeps, tolerance) for start in starts),
            key=lambda point: point.sweeps[-1],
        )
        for beta in betas
    ]


def _descend(
    joint: np.ndarray, beta: float, encoder: np.ndarray, max_sweeps: int, tolerance: float
) -> Tradeoff:
    p_x = joint.sum(axis=1)
    p_y_given_x = joint / p_x[:, None]
    sweeps: list[float] = []
    while len(sweeps) < max_sweeps:
        p_t, p_y_given_t = _decoder(joint, encoder)
        logs = np.log(np.maximum(p_y_given_t, 1e-300))  # (T, Y)
        # KL[p(y|x) || p(y|t)] but for what depends on x alone
        apart = -(p_y_given_x @ logs.T)  # (X, T)
        scores = np.log(np.maximum(p_t, 1e-300)) - beta * apart
        scores -= scores.max(axis=1, keepdims=True)
        encoder = np.exp(scores)
        encoder /= encoder.sum(axis=1, keepdims=True)
        rate, relevance = information(p_x[:, None] * encoder), information(encoder.T @ joint)
        sweeps.append(rate - beta * relevance)
        if len(sweeps) > 1 and sweeps[-2] - sweeps[-1] < tolerance:
            break
    return Tradeoff(beta, encoder, rate, relevance, sweeps)


def _decoder(joint: np.ndarray, encoder: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """p(t), (T,), and p(y|t), (T, Y); a code that is never used tells what is known anyway."""
    together = encoder.T @ joint  # (T, Y)
    p_t = together.sum(axis=1)
    return p_t, np.where(p_t[:, None] > 0, together / np.maximum(p_t, 1e-300)[:, None], joint.sum(axis=0))
