"""Alignment and uniformity against loops and closed forms."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.losses import align_uniform, alignment, log_potential, uniformity


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


def test_uniformity_is_what_the_contrastive_loss_pushes_apart():
    x, tau = unit(6, 4), 0.25
    cosines = x @ x.T
    off = ~torch.eye(6, dtype=torch.bool)
    pushed = ((cosines[off] - 1) / tau).exp().mean().log()
    assert uniformity(x, 1 / (2 * tau)).item() == pytest.approx(pushed.item(), abs=1e-12)


def test_uniformity_does_not_change_under_rotation_or_permutation():
    x = unit(7, 4)
    turned = x @ torch.linalg.qr(torch.randn(4, 4).double())[0]
    assert uniformity(turned[torch.randperm(7)]).item() == pytest.approx(uniformity(x).item(), abs=1e-12)


def test_potentials_in_tiles_equal_the_whole_matrix_with_gradients(monkeypatch):
    raw = [unit(7, 4).requires_grad_(), unit(5, 4, 1).requires_grad_()]  # the two forms differ off the sphere
    x, y = (F.normalize(rows, dim=1) for rows in raw)
    whole = (-2 * torch.cdist(x, y).square()).exp().sum().log()
    monkeypatch.setattr(align_uniform, '_PAIRS', dict(cpu=11))  # two rows at a time
    tiled = log_potential(x, y)
    assert tiled.item() == pytest.approx(whole.item(), abs=1e-12)
    for ours, theirs in zip(
        *(torch.autograd.grad(value, raw, retain_graph=True) for value in (tiled, whole))
    ):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_uniformity_in_tiles_equals_that_of_pairs_with_gradients(monkeypatch):
    raw = unit(9, 4).requires_grad_()
    x = F.normalize(raw, dim=1)
    pairs = uniformity(x)
    monkeypatch.setattr(align_uniform, '_PAIRS', dict(cpu=20))
    tiled = uniformity(x)
    assert tiled.item() == pytest.approx(pairs.item(), abs=1e-12)
    ours, theirs = (torch.autograd.grad(value, raw, retain_graph=True)[0] for value in (tiled, pairs))
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)
