"""Distances of many vectors from many."""

from torch import Tensor


def squared_distances(one: Tensor, other: Tensor) -> Tensor:
    """Squared distance of each row (N, D) from each row (M, D), (N, M), >= 0; as products, since the differences would be (N, M, D)."""
    products = one @ other.T
    return (one.square().sum(1, keepdim=True) + other.square().sum(1) - 2 * products).clamp(min=0)
