"""Directions around a mean: the von Mises-Fisher distribution on the unit sphere, of one fixed concentration."""

import functools
import math

import numpy as np
import torch
from torch import Tensor

from mmcl.utils.errors import expect_each

_GRID = 1 << 14  # points at which the angle's distribution is known; between them it is interpolated


class VonMisesFisher:
    r"""Density :math:`C_d(\kappa) e^{\kappa \mu \cdot z}` of unit vectors z, with one concentration for all means.

    SciPy's draws take a number of random numbers that depends on what is drawn, and 0.15 s for 512 codes of width 256; here the angle to
    the mean comes from its distribution's inverse, made once.

    Args:
        dim (int): d, >= 3.
        concentration (float): kappa, > 0.

    Attributes:
        log_normalizer (float): ln C_d(kappa), nats.
        mean_cosine (float): E[mu . z], in (0, 1).

    Raises:
        InputError: A value out of range.
    """

    def __init__(self, dim: int, concentration: float) -> None:
        expect_each(
            'A von Mises-Fisher distribution has',
            'Set the concentrations of the head, or the width of the embedding',
            ('dim', dim, dim >= 3, 'at least 3'),
            ('concentration', concentration, concentration > 0, 'a number above 0'),
        )
        self.dim, self.concentration = dim, concentration
        order = dim / 2 - 1
        bessel = log_bessel(order, concentration)
        self.log_normalizer = order * math.log(concentration) - dim / 2 * math.log(2 * math.pi) - bessel
        self.mean_cosine = math.exp(log_bessel(order + 1, concentration) - bessel)
        self._share, self._angles = self._inverse()

    def _inverse(self) -> tuple[np.ndarray, np.ndarray]:
        """The angle's cumulative distribution and where it is known; its density is sin(a)^(d-2) e^(kappa cos a)."""

        def log_density(angle: np.ndarray) -> np.ndarray:
            return (self.dim - 2) * np.log(np.sin(angle)) + self.concentration * np.cos(angle)

        coarse = np.linspace(0, math.pi, 200_001)[1:-1]
        logs = log_density(coarse)
        likely = coarse[logs > logs.max() - 50]
        angles = np.linspace(likely[0], likely[-1], _GRID)
        density = np.exp(log_density(angles) - logs.max())
        share = np.append(0, np.cumsum(density[1:] + density[:-1]))
        return share / share[-1], angles

    def log_prob(self, codes: Tensor, mean: Tensor) -> Tensor:
        """Logarithm of the density of unit vectors (N, d) under unit means (N, d), (N,), nats."""
        return self.log_normalizer + self.concentration * (codes * mean).sum(dim=1)

    def draw(self, rows: int, generator: torch.Generator) -> Tensor:
        """Directions around the first axis, float64 (rows, d)."""
        share = torch.rand(rows, generator=generator, dtype=torch.float64).numpy()
        angle = torch.from_numpy(np.interp(share, self._share, self._angles))[:, None]
        aside = torch.randn(rows, self.dim - 1, generator=generator, dtype=torch.float64)
        aside = torch.nn.functional.normalize(aside, dim=1)
        return torch.cat([angle.cos(), angle.sin() * aside], dim=1)


@functools.lru_cache(maxsize=16)
def von_mises_fisher(dim: int, concentration: float) -> VonMisesFisher:
    """The distribution, made once."""
    return VonMisesFisher(dim, concentration)


def around(mean: Tensor, draws: Tensor) -> Tensor:
    """Turn directions around the first axis into directions around ``mean``, by a reflection; gradient flows to the mean.

    Args:
        mean (Tensor): (N, d), unit length.
        draws (Tensor): (N, d), from :meth:`VonMisesFisher.draw`.

    Returns:
        Tensor: (N, d), unit length, as far from the mean as the draws are from the first axis.
    """
    mirror = -mean
    mirror = torch.cat([mirror[:, :1] + 1, mirror[:, 1:]], dim=1)  # first axis - mean
    along = (draws * mirror).sum(dim=1, keepdim=True) / mirror.square().sum(dim=1, keepdim=True).clamp(
        min=1e-12
    )
    return draws - 2 * along * mirror


def log_bessel(order: float, x: float) -> float:
    """Logarithm of the modified Bessel function of the first kind.

    SciPy's, or where that is too small for a float the uniform expansion for large orders (https://dlmf.nist.gov/10.41, eq. 10.41.3).

    Args:
        order (float): >= 0.
        x (float): > 0.
    """
    from scipy.special import ive  # takes a moment to import

    scaled = float(ive(order, x))
    if scaled > 1e-280:
        return math.log(scaled) + x
    return _log_bessel_of_large_order(order, x)


def _log_bessel_of_large_order(order: float, x: float) -> float:
    z = x / order
    root = math.hypot(1, z)
    t, eta = 1 / root, root + math.log(z / (1 + root))
    series = 1 + (3 * t - 5 * t**3) / (24 * order)
    series += (81 * t**2 - 462 * t**4 + 385 * t**6) / (1152 * order**2)
    series += (30375 * t**3 - 369603 * t**5 + 765765 * t**7 - 425425 * t**9) / (414720 * order**3)
    return order * eta - math.log(2 * math.pi * order) / 2 - math.log(root) / 2 + math.log(series)
