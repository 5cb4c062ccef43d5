"""Alignment and uniformity on the sphere (Wang and Isola 2020, https://arxiv.org/abs/2005.10242, section 4.1)."""

import math

import torch
from torch import Tensor


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

    Args:
        embeddings (Tensor): (N, D), unit length, N >= 2.
        t (float): > 0.

    Returns:
        Tensor: Scalar <= 0: 0 for equal rows, about -2 t + 2 t^2 / D for many that are uniform on the sphere.
    """
    exponents = -t * torch.nn.functional.pdist(embeddings).square()  # (N (N - 1) / 2,)
    return exponents.logsumexp(dim=0) - math.log(len(exponents))
