"""Invariance and spreading against the formula with autograd, and against NT-Xent."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.losses import info_nce, spreading


def problem(num=6, candidates=9, seed=0, scale=4):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(num, candidates, generator=generator, dtype=torch.float64) * scale
    target = torch.randint(candidates, (num,), generator=generator)
    logits[0, (target[0] + 1) % candidates] = logits[3, (target[3] + 2) % candidates] = -torch.inf
    return logits, target


def formula(logits, target, m, spread):
    """As written, an anchor at a time."""
    losses = []
    for row, column in zip(logits, target.tolist()):
        e = {j: x.exp() for j, x in enumerate(row) if x > -torch.inf}
        total = e[column] + m * sum(x for j, x in e.items() if j != column)
        missed = sum((1 - x / total).log() for j, x in e.items() if j != column)
        losses.append(-(e[column] / total).log() - spread * m * missed)
    return torch.stack(losses)


@pytest.mark.parametrize('m, spread', [(1, 1), (1, 0), (1, 0.3), (3, 1), (0.5, 2)])
def test_loss_and_derivative_are_the_formulas(m, spread):
    logits, target = problem(scale=1 if m < 1 else 4)
    logits.requires_grad_()
    expected = formula(logits, target, m, spread)
    (slope,) = torch.autograd.grad(expected.sum(), logits)
    losses, gradient = spreading(logits.detach(), target, m, spread)
    torch.testing.assert_close(losses, expected.detach(), rtol=1e-9, atol=1e-10)
    torch.testing.assert_close(gradient, slope, rtol=1e-7, atol=1e-9)


def test_without_spreading_it_is_info_nce():
    logits, target = problem()
    for ours, theirs in zip(spreading(logits, target, spread=0), info_nce(logits, target)):
        torch.testing.assert_close(ours, theirs, rtol=1e-10, atol=1e-12)


def test_equal_features_give_the_closed_form():
    n = 8  # images, so 2n - 1 candidates
    losses, _ = spreading(
        torch.full((3, 2 * n - 1), 0.7, dtype=torch.float64), torch.zeros(3, dtype=torch.int64)
    )
    expected = math.log(2 * n - 1) - (2 * n - 2) * math.log(1 - 1 / (2 * n - 1))
    assert losses.tolist() == pytest.approx([expected] * 3, rel=1e-12)


def test_a_negative_that_is_all_but_certain_is_finite_and_exact_in_fp32():
    logits = torch.tensor(
        [[-10.0, 10.0, -9.0, -8.0]]
    )  # cosines at temperature 0.1: P of column 1 rounds to 1
    target = torch.zeros(1, dtype=torch.int64)
    exact, slope = spreading(logits.double(), target)
    rough, gradient = spreading(logits, target)
    missed = math.log(
        (math.exp(-20) + math.exp(-19) + math.exp(-18)) / (1 + math.exp(-20) + math.exp(-19) + math.exp(-18))
    )
    assert exact.item() == pytest.approx(20 - missed, abs=1e-6)
    torch.testing.assert_close(rough.double(), exact, rtol=1e-6, atol=1e-5)
    torch.testing.assert_close(gradient.double(), slope, rtol=1e-4, atol=1e-4)


def test_in_the_method_it_is_the_loss_over_all_features_but_the_own():
    from tests.test_models.tiny import batch, build, total

    changes = dict(
        encoder=dict(type='SharedPair', stop_gradient=True), head=dict(type='SpreadingHead', temperature=0.5)
    )
    inputs, samples = batch()
    learner = build('simclr', **changes)
    loss = total(learner.loss(inputs, samples))
    twin = build('simclr', **changes)
    f = F.normalize(twin.project(torch.cat(inputs)), dim=1)
    sims = f @ f.detach().T / 0.5  # only anchors carry gradient
    expected = 0
    for i in range(12):
        others = [k for k in range(12) if k != i]
        total_i = sum(sims[i, k].exp() for k in others)
        expected = expected - (sims[i, (i + 6) % 12].exp() / total_i).log() / 12
        for j in others:
            if j != (i + 6) % 12:
                expected = expected - (1 - sims[i, j].exp() / total_i).log() / 12
    assert loss.item() == pytest.approx(expected.item(), rel=1e-9)
    loss.backward()
    expected.backward()
    for p, other in zip(learner.parameters(), twin.parameters()):
        torch.testing.assert_close(p.grad, other.grad, rtol=1e-7, atol=1e-9)
    swapped = total(build('simclr', **changes).loss(inputs[::-1], samples))
    assert swapped.item() == pytest.approx(loss.item(), rel=1e-9)


def test_vs_chance_is_1_when_all_look_alike():
    from mmcl.models.heads import SpreadingHead
    from mmcl.structures import ContrastSet

    same = F.normalize(torch.ones(4, 8), dim=1)
    hidden = torch.tensor([[0, 4], [1, 5], [2, 6], [3, 7]])
    out = SpreadingHead(0.1)(ContrastSet(same, own=same[:, None], shared=same.repeat(2, 1), hidden=hidden))
    assert (out['loss'] / out['chance']).item() == pytest.approx(1, abs=1e-5)
