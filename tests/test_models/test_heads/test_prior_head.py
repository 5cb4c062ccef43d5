"""The adversary of a prior."""

import pytest
import torch

from mmcl.models.heads import PriorHead
from mmcl.models.losses import discriminator_loss, gradient_penalty
from mmcl.utils.errors import InputError
from mmcl.utils.step_random import step_generator


def embeddings():
    return torch.randn(6, 4, dtype=torch.float64, requires_grad=True)


def test_losses_are_the_formulas():
    head, y = PriorHead(4, (5,), loss_weight=0.3, penalty=2.0).double(), embeddings()
    losses = head(y)
    real = torch.rand(6, 4, generator=step_generator('prior'), dtype=torch.float64)
    penalty, scores = 0.0, []
    for side in (real, y.detach().sigmoid()):
        scores.append(head.discriminator(side))
        for row in side:
            jacobian = torch.autograd.functional.jacobian(head.discriminator, row[None])
            penalty += jacobian.square().sum().item() / 2 / 6
    sigmoid = torch.sigmoid
    expected = -sigmoid(scores[0]).log().mean() - (1 - sigmoid(scores[1])).log().mean() + 2.0 * penalty
    assert losses['loss_discriminator'].item() == pytest.approx(expected.item(), rel=1e-10)
    assert losses['loss_prior'].item() == pytest.approx(
        -0.3 * sigmoid(scores[1]).log().mean().item(), rel=1e-10
    )


def test_each_side_is_trained_by_its_own_loss_alone():
    head, y = PriorHead(4, (5,)).double(), embeddings()
    head(y)['loss_prior'].backward()
    assert y.grad.abs().sum() > 0 and all(p.grad is None for p in head.parameters())
    y.grad = None
    head(y)['loss_discriminator'].backward()
    assert y.grad is None and all(p.grad is not None for p in head.discriminator[0].parameters())


def test_training_both_makes_a_narrow_embedding_uniform():
    torch.manual_seed(0)
    head, y = PriorHead(1, (32,), loss_weight=1.0), torch.nn.Parameter(0.01 * torch.randn(128, 1) + 2)
    optimizer = torch.optim.Adam([dict(params=head.parameters(), lr=1e-2), dict(params=[y], lr=3e-2)])
    for _ in range(300):
        optimizer.zero_grad()
        sum(head(y).values()).backward()
        optimizer.step()
    quartiles = y.detach().sigmoid().quantile(torch.tensor([0.25, 0.5, 0.75]))
    assert (
        quartiles - torch.tensor([0.25, 0.5, 0.75])
    ).abs().max() < 0.15  # 0.63, 0.38, 0.13 off at the start


def test_a_discriminator_that_knows_nothing_costs_twice_ln_2_without_penalty():
    zeros, inputs = torch.zeros(5, 1), torch.zeros(5, 2, requires_grad=True)
    assert discriminator_loss(zeros, zeros).item() == pytest.approx(1.386294, abs=1e-6)
    assert gradient_penalty(inputs.sum(dim=1) * 3, inputs).item() == pytest.approx(9, abs=1e-6)  # (9 + 9) / 2


def test_a_negative_weight_is_refused():
    with pytest.raises(InputError, match='penalty=-1'):
        PriorHead(4, penalty=-1)
