"""Rates of Gaussian codes."""

import math
from typing import Optional

from torch import Tensor


def gaussian_log_density(code: Tensor, mean: Tensor, log_std: Tensor) -> Tensor:
    r"""Logarithm of the density of :math:`N(\mu, diag(\sigma^2))`.

    Args:
        code (Tensor): z, (..., K).
        mean (Tensor): (..., K), broadcast against ``code``.
        log_std (Tensor): ln sigma, likewise.

    Returns:
        Tensor: (...), nats, summed over K.
    """
    scaled = (code - mean) * (-log_std).exp()
    return -(scaled.square() / 2 + log_std + math.log(2 * math.pi) / 2).sum(dim=-1)


def gaussian_kl(
    mean: Tensor,
    log_std: Tensor,
    other_mean: Optional[Tensor] = None,
    other_log_std: Optional[Tensor] = None,
) -> Tensor:
    r"""Kullback-Leibler divergence of two diagonal Gaussians: the rate of VIB (https://arxiv.org/abs/1612.00410, eq. 17), in closed form.

    Against the standard normal it is :math:`\frac12 \sum_k (\sigma_k^2 + \mu_k^2 - 1 - 2 \ln \sigma_k)`.

    Args:
        mean (Tensor): Of the first, (N, K).
        log_std (Tensor): ln of its standard deviations, (N, K).
        other_mean (Tensor, optional): Of the second, (N, K). Defaults to None: 0.
        other_log_std (Tensor, optional): Likewise; None is 0, a standard deviation of 1.

    Returns:
        Tensor: (N,), nats, >= 0, summed over K.
    """
    apart = mean if other_mean is None else mean - other_mean
    wider = log_std if other_log_std is None else log_std - other_log_std
    apart = apart if other_log_std is None else apart * (-other_log_std).exp()
    return ((2 * wider).exp() + apart.square() - 1 - 2 * wider).sum(dim=1) / 2
