"""Directions around a mean: constants, moments and draws against SciPy and closed forms."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy import stats

from mmcl.utils import von_mises_fisher as module
from mmcl.utils.errors import InputError
from mmcl.utils.von_mises_fisher import VonMisesFisher, around, log_bessel, von_mises_fisher


@pytest.mark.parametrize('dim, kappa', [(3, 2.0), (8, 10.0), (128, 10.0), (256, 1024.0), (128, 16384.0)])
def test_log_density_is_scipys(dim, kappa):
    mean, codes = F.normalize(torch.randn(2, 4, dim, dtype=torch.float64), dim=2)
    found = VonMisesFisher(dim, kappa).log_prob(codes, mean)
    for value, m, z in zip(found.tolist(), mean.numpy(), codes.numpy()):
        assert value == pytest.approx(stats.vonmises_fisher(m, kappa).logpdf(z), rel=1e-9)


def test_three_dimensions_have_a_closed_form():
    for kappa in (0.5, 3.0, 40.0):
        found = VonMisesFisher(3, kappa)
        assert found.log_normalizer == pytest.approx(math.log(kappa / (4 * math.pi * math.sinh(kappa))))
        assert found.mean_cosine == pytest.approx(1 / math.tanh(kappa) - 1 / kappa)


@pytest.mark.parametrize('order, x', [(63.0, 5.0), (127.0, 10.0), (127.0, 1024.0), (1023.0, 2000.0)])
def test_the_expansion_for_large_orders_agrees_with_scipy_where_both_work(order, x):
    expansion = module._log_bessel_of_large_order(order, x)
    assert expansion == pytest.approx(log_bessel(order, x), abs=1e-8)


def test_widths_at_which_the_bessel_function_is_too_small_for_a_float_work():
    wide = VonMisesFisher(2048, 10.0)
    assert math.isfinite(wide.log_normalizer)
    assert wide.mean_cosine == pytest.approx(10 / 2048, rel=1e-3)  # kappa / d for kappa << d


@pytest.mark.parametrize('dim, kappa', [(3, 2.0), (8, 10.0), (256, 1024.0), (128, 16384.0), (64, 0.01)])
def test_draws_have_unit_length_scipys_mean_and_its_distribution(dim, kappa):
    distribution = VonMisesFisher(dim, kappa)
    draws = distribution.draw(20_000, torch.Generator().manual_seed(0))
    assert (draws.norm(dim=1) - 1).abs().max() < 1e-12
    cosines, deviation = draws[:, 0], draws[:, 0].std().item() / 20_000**0.5
    assert cosines.mean().item() == pytest.approx(distribution.mean_cosine, abs=5 * deviation)
    scipys = stats.vonmises_fisher(np.eye(dim)[0], kappa).rvs(3000, random_state=np.random.default_rng(0))
    assert stats.ks_2samp(cosines.numpy()[:3000], scipys[:, 0]).pvalue > 1e-3
    others = draws[:, 1:].mean(dim=0).abs().max().item()
    assert others < 6 * draws[:, 1:].std().item() / 20_000**0.5


def test_codes_lie_around_their_means_and_carry_gradient_to_them():
    mean = F.normalize(torch.randn(5, 6, dtype=torch.float64), dim=1)
    mean[0] = torch.eye(6, dtype=torch.float64)[0]  # nothing to turn
    mean.requires_grad_()
    draws = VonMisesFisher(6, 4.0).draw(5, torch.Generator().manual_seed(0))
    codes = around(mean, draws)
    torch.testing.assert_close((codes * mean).sum(dim=1), draws[:, 0])
    torch.testing.assert_close(codes.norm(dim=1), torch.ones(5, dtype=torch.float64))
    target = F.normalize(torch.randn(5, 6, dtype=torch.float64), dim=1)
    (gradient,) = torch.autograd.grad((codes * target).sum(), mean)
    assert gradient.isfinite().all() and (gradient[1:].abs().sum(dim=1) > 0).all()


def test_the_distribution_of_a_width_and_concentration_is_made_once():
    assert von_mises_fisher(16, 3.0) is von_mises_fisher(16, 3.0)


@pytest.mark.parametrize('dim, kappa, words', [(2, 1.0, 'dim=2'), (3, 0.0, 'concentration=0.0')])
def test_values_out_of_range_are_refused(dim, kappa, words):
    with pytest.raises(InputError, match=words):
        VonMisesFisher(dim, kappa)
