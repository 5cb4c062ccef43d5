"""SimCLR."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.heads import ContrastiveHead
from mmcl.models.policies import BatchNegatives, InstancePositives, Step
from mmcl.structures import ContrastSet
from tests.test_models.tiny import batch, build, total


def nt_xent(z1, z2, temperature):
    """Both directions through mmcl's parts, as SimCLR wires them."""
    losses = []
    for pair in ((0, 1), (1, 0)):
        step = Step({0: z1, 1: z2}, {0: z1, 1: z2}, [], pair=pair)
        contrast = InstancePositives()(ContrastSet(step.query[pair[0]]), step)
        losses.append(ContrastiveHead(temperature)(BatchNegatives()(contrast, step))['loss'])
    return sum(losses) / 2


def slow_nt_xent(z1, z2, temperature):
    z, num = torch.cat([z1, z2]).tolist(), len(z1)
    loss = 0.0
    for i in range(2 * num):
        logits = {k: sum(a * b for a, b in zip(z[i], z[k])) / temperature for k in range(2 * num) if k != i}
        loss += -math.log(math.exp(logits[(i + num) % (2 * num)]) / sum(map(math.exp, logits.values())))
    return loss / (2 * num)


def unit(num, dim):
    return F.normalize(torch.randn(num, dim, dtype=torch.float64), dim=1)


@pytest.mark.parametrize('temperature', [0.1, 0.5])
def test_nt_xent_matches_naive_loop(temperature):
    z1, z2 = unit(5, 8), unit(5, 8)
    assert nt_xent(z1, z2, temperature).item() == pytest.approx(slow_nt_xent(z1, z2, temperature), abs=1e-9)


def test_nt_xent_of_two_orthogonal_images_is_the_closed_form():
    z = torch.eye(2, dtype=torch.float64)
    assert nt_xent(z, z, 0.5).item() == pytest.approx(0.2395448, abs=1e-6)


def test_nt_xent_of_a_collapsed_batch_is_ln_2b_minus_1():
    z = F.normalize(torch.ones(6, 4, dtype=torch.float64), dim=1)
    assert nt_xent(z, z, 0.1).item() == pytest.approx(math.log(11), abs=1e-9)


def test_nt_xent_is_invariant_to_swapping_views_and_to_a_common_permutation():
    z1, z2, order = unit(5, 8), unit(5, 8), torch.randperm(5)
    value = nt_xent(z1, z2, 0.2).item()
    assert nt_xent(z2, z1, 0.2).item() == pytest.approx(value, abs=1e-12)
    assert nt_xent(z1[order], z2[order], 0.2).item() == pytest.approx(value, abs=1e-12)


def test_nt_xent_gradient_matches_the_one_matrix_formula():
    z1, z2 = unit(4, 6).requires_grad_(), unit(4, 6).requires_grad_()
    nt_xent(z1, z2, 0.3).backward()
    both = torch.cat([z1, z2]).detach().requires_grad_()
    logits = (both @ both.T / 0.3).fill_diagonal_(float('-inf'))
    F.cross_entropy(logits, torch.arange(8).roll(4)).backward()
    assert torch.allclose(torch.cat([z1.grad, z2.grad]), both.grad, atol=1e-12)


def test_loss_does_not_see_the_length_of_the_projection():
    learner = build('simclr')
    inputs, samples = batch()
    before = total(learner.loss(inputs, samples)).item()
    with torch.no_grad():
        learner.neck.layers[-1].weight.mul_(3.7)
        learner.neck.layers[-1].bias.mul_(3.7)
    assert total(learner.loss(inputs, samples)).item() == pytest.approx(before, abs=1e-9)


def test_every_parameter_learns():
    learner = build('simclr')
    total(learner.loss(*batch())).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in learner.parameters())
