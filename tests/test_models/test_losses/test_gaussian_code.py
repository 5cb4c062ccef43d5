"""Rates of Gaussian codes: against loops, torch's distributions and samples."""

import math

import pytest
import torch
from torch.distributions import Normal, kl_divergence

from mmcl.models.losses import gaussian_kl, gaussian_log_density


def gaussians(num=5, dim=3):
    return torch.randn(num, dim, dtype=torch.float64), 0.5 * torch.randn(num, dim, dtype=torch.float64)


def test_kl_equals_a_loop_over_dimensions_and_is_0_for_the_prior_itself():
    mean, log_std = gaussians()
    for found, m, s in zip(gaussian_kl(mean, log_std).tolist(), mean.tolist(), log_std.exp().tolist()):
        assert found == pytest.approx(sum((b * b + a * a - 1 - 2 * math.log(b)) / 2 for a, b in zip(m, s)))
    assert gaussian_kl(torch.zeros(2, 3), torch.zeros(2, 3)).tolist() == [0, 0]


def test_kl_of_two_gaussians_is_torchs():
    (mean, log_std), (other, other_log_std) = gaussians(), gaussians()
    expected = kl_divergence(Normal(mean, log_std.exp()), Normal(other, other_log_std.exp())).sum(dim=1)
    torch.testing.assert_close(gaussian_kl(mean, log_std, other, other_log_std), expected)
    expected = kl_divergence(Normal(mean, log_std.exp()), Normal(other, torch.ones_like(other))).sum(dim=1)
    torch.testing.assert_close(gaussian_kl(mean, log_std, other), expected)


def test_log_density_is_torchs():
    (mean, log_std), (code, _) = gaussians(), gaussians()
    expected = Normal(mean, log_std.exp()).log_prob(code).sum(dim=1)
    torch.testing.assert_close(gaussian_log_density(code, mean, log_std), expected)


def test_closed_form_is_the_mean_of_many_draws_within_1_percent():
    mean, log_std = gaussians(1)
    draws = mean + log_std.exp() * torch.randn(100_000, 3, dtype=torch.float64)
    sampled = gaussian_log_density(draws, mean, log_std) - gaussian_log_density(draws, 0 * mean, 0 * log_std)
    assert sampled.mean().item() == pytest.approx(gaussian_kl(mean, log_std).item(), rel=0.01)
    assert sampled.min() < 0 <= gaussian_kl(mean, log_std).item()  # one draw's estimate has either sign
