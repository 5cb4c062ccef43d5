"""Alignment and uniformity on the sphere (Wang and Isola 2020, https://arxiv.org/abs/2005.10242, section 4.1)."""

import math

import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

_PAIRS = dict(cpu=1 << 22, cuda=1 << 26)  # potentials held at once


def alignment(first: Tensor, second: Tensor, alpha: float = 2.0) -> Tensor:
    """Mean distance of positive pairs, to the power ``alpha``.

    Args:
        first (Tensor): (N, D), unit length.
        second (Tensor): (N, D), unit length; row i is the positive of row i.
        alpha (float): > 0; with 2 it is 2 minus twice the mean cosine.

    Returns:
        Tensor: Scalar in [0, 2 ** alpha].
    """
    squared = (first - second).square().sum(dim=1)
    return squared.mean() if alpha == 2 else squared.clamp(min=1e-12).pow(alpha / 2).mean()


def uniformity(embeddings: Tensor, t: float = 2.0) -> Tensor:
    """Logarithm of the mean Gaussian potential of all pairs of different rows, each once.

    Many rows are taken a few at a time, see :func:`log_potential`.

    Args:
        embeddings (Tensor): (N, D), unit length, N >= 2.
        t (float): > 0.

    Returns:
        Tensor: Scalar <= 0: 0 for equal rows, about -2 t + 2 t^2 / D for many that are uniform on the sphere.
    """
    num = len(embeddings)
    if num * (num - 1) // 2 > _PAIRS[embeddings.device.type]:
        twice = log_potential(embeddings, embeddings, t).double().exp() - num  # a row's own potential is 1
        return (twice / (num * (num - 1))).log().to(embeddings.dtype)
    exponents = -t * torch.nn.functional.pdist(embeddings).square()  # (N (N - 1) / 2,)
    return exponents.logsumexp(dim=0) - math.log(len(exponents))


def log_potential(first: Tensor, second: Tensor, t: float = 2.0) -> Tensor:
    """Logarithm of the sum of the Gaussian potentials exp(-t |x - y|^2) of all pairs of a row x of one set and a row y of another.

    Rows of ``first`` are taken a few at a time, and again in backward, so that memory does not grow with N x M.

    Args:
        first (Tensor): (N, D), unit length.
        second (Tensor): (M, D), unit length.
        t (float): > 0.

    Returns:
        Tensor: Scalar, between ln(N M) - 4 t and ln(N M).
    """

    def of(rows: Tensor) -> Tensor:  # |x - y|^2 = 2 - 2 x . y
        return torch.mm(rows, second.T).mul(2 * t).sub(2 * t).logsumexp(dim=(0, 1))

    tiles = first.split(max(_PAIRS[first.device.type] // len(second), 1))
    if len(tiles) == 1:
        return of(first)
    return torch.stack(
        [checkpoint(of, rows, use_reentrant=False, preserve_rng_state=False) for rows in tiles]
    ).logsumexp(dim=0)
