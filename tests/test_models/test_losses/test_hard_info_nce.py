"""HCL's loss against the paper's formula with autograd, and against its special cases."""

import math

import pytest
import torch

from mmcl.models.losses import hard_info_nce, info_nce

TEMPERATURE = 0.5


def problem(num=6, candidates=9, seed=0):
    generator = torch.Generator().manual_seed(seed)
    cosines = torch.rand(num, candidates, generator=generator, dtype=torch.float64) * 2 - 1
    target = torch.randint(candidates, (num,), generator=generator)
    logits = cosines / TEMPERATURE
    logits[5, target[5]] = 1 / TEMPERATURE  # so near that the bound is met
    logits[0, (target[0] + 1) % candidates] = logits[3, (target[3] + 2) % candidates] = -torch.inf
    return logits, target


def paper(logits, target, beta, debias, detach=False):
    """As written, an anchor at a time: exponentials, their weights, the correction, the bound."""
    losses = []
    for row, column in zip(logits, target.tolist()):
        positive = row[column].exp()
        negatives = torch.stack([x for j, x in enumerate(row) if j != column and x > -torch.inf])
        n, weights = negatives.exp(), (beta * negatives).exp()
        weights = weights.detach() if detach else weights
        reweighted = (weights * n).sum() / weights.mean()
        bound = len(n) * math.exp(-1 / TEMPERATURE)
        estimate = ((reweighted - debias * len(n) * positive) / (1 - debias)).clamp(min=bound)
        losses.append(-(positive / (positive + estimate)).log())
    return torch.stack(losses)


@pytest.mark.parametrize('detach', [False, True])
@pytest.mark.parametrize('beta, debias', [(0, 0), (0, 0.1), (1, 0), (1, 0.1), (2.5, 0.05), (0.5, 0.6)])
def test_loss_and_derivative_are_the_papers(beta, debias, detach):
    logits, target = problem()
    logits.requires_grad_()
    expected = paper(logits, target, beta, debias, detach)
    (slope,) = torch.autograd.grad(expected.sum(), logits)
    losses, gradient = hard_info_nce(
        logits.detach(), target, beta, debias, -1 / TEMPERATURE, through_weights=not detach
    )
    torch.testing.assert_close(losses, expected.detach(), rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(gradient, slope, rtol=1e-9, atol=1e-12)


def test_some_anchors_meet_the_bound_and_pass_no_gradient_to_negatives():
    logits, target = problem()
    logits[1::2].scatter_(
        1, target[1::2, None], 1 / TEMPERATURE
    )  # a positive as near as can be is taken off most
    _, gradient = hard_info_nce(logits, target, 0.5, 0.4, -1 / TEMPERATURE)
    rows = torch.arange(len(target))
    others = gradient.clone()
    others[rows, target] = 0
    bound = (others == 0).all(1)
    assert bound.any() and not bound.all()


def test_without_hardness_and_correction_it_is_info_nce():
    logits, target = problem()
    for ours, theirs in zip(hard_info_nce(logits, target, 0, 0), info_nce(logits, target)):
        torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_equal_negatives_make_hardness_irrelevant_and_equal_logits_cost_chance():
    logits, target = torch.full((3, 8), 0.3, dtype=torch.float64), torch.zeros(3, dtype=torch.int64)
    for beta in (0, 1, 7):
        losses, _ = hard_info_nce(logits, target, beta, 0.1)
        assert losses.tolist() == pytest.approx([math.log(8)] * 3)


def test_the_loss_grows_with_hardness():
    logits, target = problem()
    values = [hard_info_nce(logits, target, beta, 0)[0].mean().item() for beta in (0, 0.5, 1, 2, 8)]
    assert values == sorted(values) and values[0] < values[-1]


def test_small_temperatures_neither_overflow_nor_vanish_in_fp32():
    logits, target = problem()
    sharp = (logits * TEMPERATURE / 0.01).float()
    losses, gradient = hard_info_nce(sharp, target, 2.0, 0.1, -100)
    assert torch.isfinite(losses).all() and torch.isfinite(gradient).all()
