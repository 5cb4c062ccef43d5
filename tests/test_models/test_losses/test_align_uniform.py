"""Alignment and uniformity against loops and closed forms."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.losses import alignment, uniformity


def unit(num, dim, seed=0):
    return F.normalize(torch.randn(num, dim, generator=torch.Generator().manual_seed(seed)).double(), dim=1)


@pytest.mark.parametrize('alpha', [1.0, 2.0, 3.0])
def test_alignment_equals_a_loop(alpha):
    x, y = unit(6, 4), unit(6, 4, 1)
    expected = sum(math.dist(a, b) ** alpha for a, b in zip(x.tolist(), y.tolist())) / 6
    assert alignment(x, y, alpha).item() == pytest.approx(expected, abs=1e-12)


def test_alignment_with_alpha_2_is_2_minus_twice_the_cosine():
    x, y = unit(6, 4), unit(6, 4, 1)
    assert alignment(x, y).item() == pytest.approx(2 - 2 * (x * y).sum(1).mean().item(), abs=1e-12)


def test_equal_pairs_are_aligned_and_have_a_finite_gradient_for_alpha_1():
    x = unit(6, 4).requires_grad_()
    value = alignment(x, x.detach().clone(), 1.0)
    assert value.item() < 1e-5
    assert torch.isfinite(torch.autograd.grad(value, x)[0]).all()


@pytest.mark.parametrize('t', [0.5, 2.0])
def test_uniformity_takes_the_logarithm_of_the_mean_over_pairs(t):
    x = unit(7, 3)
    pairs = [math.exp(-t * math.dist(a, b) ** 2) for i, a in enumerate(x.tolist()) for b in x.tolist()[:i]]
    assert uniformity(x, t).item() == pytest.approx(math.log(sum(pairs) / len(pairs)), abs=1e-12)


def test_closed_forms_of_uniformity():
    assert uniformity(unit(1, 4).expand(5, 4).contiguous()).item() == pytest.approx(0, abs=1e-12)
    x = unit(1, 4)
    assert uniformity(torch.cat([x, -x])).item() == pytest.approx(-8, abs=1e-12)
    simplex = F.normalize(torch.eye(5).double() - 0.2, dim=1)  # five points, each as far from each
    assert uniformity(simplex).item() == pytest.approx(-2 * 2 * 5 / 4, abs=1e-12)


def test_many_uniform_points_come_near_the_limit():
    assert uniformity(unit(2000, 128)).item() == pytest.approx(-4 + 8 / 128, abs=0.02)
