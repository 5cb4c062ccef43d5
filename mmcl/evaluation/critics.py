"""Critics: scores that tell pairs from strangers, for estimates of mutual information."""

import math
from typing import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor, nn


class SeparableCritic(nn.Module):
    """u(x, y) = g(x) . h(y), two networks: N + M passes for N x M scores. With ``num_layers=1`` it is bilinear.

    Args:
        dims (Sequence[int]): Widths of x and of y.
        hidden (int): Width of the hidden layers. Defaults to 256.
        width (int): Width of g and h, an upper limit of the scores' rank. Defaults to 32.
        num_layers (int): Linear layers of each network, >= 1. Defaults to 3.

    Shapes: (N, D_x), (M, D_y) -> (N, M).
    """

    def __init__(self, dims: Sequence[int], hidden: int = 256, width: int = 32, num_layers: int = 3) -> None:
        super().__init__()
        self.sides = nn.ModuleList(_network(dim, hidden, width, num_layers) for dim in dims)
        self.shift = nn.Parameter(torch.zeros(()))  # of all scores: NWJ and JSD depend on it

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Score every x with every y."""
        return self.sides[0](x) @ self.sides[1](y).T + self.shift


class ConcatCritic(nn.Module):
    """u(x, y) = one network of both together: N x M passes, and no limit on the scores' rank.

    Args:
        dims (Sequence[int]): Widths of x and of y.
        hidden (int): Width of the hidden layers. Defaults to 256.
        num_layers (int): Linear layers, >= 2. Defaults to 3.

    Shapes: (N, D_x), (M, D_y) -> (N, M).
    """

    def __init__(self, dims: Sequence[int], hidden: int = 256, num_layers: int = 3) -> None:
        super().__init__()
        self.first = nn.ModuleList(nn.Linear(dim, hidden) for dim in dims)
        self.rest = nn.Sequential(nn.ReLU(), _network(hidden, hidden, 1, num_layers - 1))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Score every x with every y; the first layer, which is a sum over both, sees each only once."""
        first, second = self.first[0](x), self.first[1](y)
        return self.rest(first[:, None] + second[None])[..., 0]


class CosineCritic(nn.Module):
    """u(x, y) = scale cos(x, y) + shift: what a contrastive loss takes, with its temperature (1 / scale) and a shift that are learned.

    Args:
        dims (Sequence[int]): Widths of x and y, which are equal; for the signature of the other critics.
        scale (float): At first, > 0. Defaults to 1.

    Shapes: (N, D), (M, D) -> (N, M).
    """

    def __init__(self, dims: Sequence[int], scale: float = 1.0) -> None:
        super().__init__()
        self.log_scale = nn.Parameter(torch.tensor(math.log(scale)))
        self.shift = nn.Parameter(torch.zeros(()))

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Score every x with every y."""
        return F.normalize(x, dim=1) @ F.normalize(y, dim=1).T * self.log_scale.exp() + self.shift


class BaselineCritic(nn.Module):
    """u(x, y) - ln a(x): a critic less a learned baseline, so that TUBA's and the interpolated bound's own is 1.

    Args:
        critic (nn.Module): u.
        dim (int): Width of x.
        hidden (int): Width of the hidden layer. Defaults to 256.

    Shapes: (N, D_x), (M, D_y) -> (N, M).
    """

    def __init__(self, critic: nn.Module, dim: int, hidden: int = 256) -> None:
        super().__init__()
        self.critic = critic
        self.log_baseline = _network(dim, hidden, 1, 2)

    def forward(self, x: Tensor, y: Tensor) -> Tensor:
        """Score every x with every y."""
        return self.critic(x, y) - self.log_baseline(x)


CRITICS = dict(separable=SeparableCritic, concat=ConcatCritic, cosine=CosineCritic)


def _network(dim: int, hidden: int, out: int, num_layers: int) -> nn.Sequential:
    widths = [dim, *[hidden] * (num_layers - 1), out]
    layers = [part for pair in zip(widths, widths[1:]) for part in (nn.Linear(*pair), nn.ReLU())]
    return nn.Sequential(*layers[:-1])
