"""NCE against the paper's probabilities, written out."""

import math

import pytest
import torch

from mmcl.models.losses import nce

N = 50


def problem(num=5, columns=8, seed=0):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randn(num, columns, generator=generator, dtype=torch.float64) * 3
    target = torch.randint(columns, (num,), generator=generator)
    logits[0, (target[0] + 1) % columns] = logits[2, (target[2] + 3) % columns] = -torch.inf
    return logits, target


def paper(logits, target, z, n):
    """P = exp(l) / Z, noise 1 / n, posterior of each candidate, an anchor at a time."""
    losses = []
    for row, column in zip(logits, target.tolist()):
        p = {j: x.exp() / z for j, x in enumerate(row) if x > -torch.inf}
        k = len(p) - 1
        h = {j: value / (value + k / n) for j, value in p.items()}
        losses.append(-h[column].log() - sum((1 - x).log() for j, x in h.items() if j != column))
    return torch.stack(losses)


@pytest.mark.parametrize('z', [0.3, 40.0, 1e5])
def test_loss_and_derivative_are_the_papers(z):
    logits, target = problem()
    logits.requires_grad_()
    expected = paper(logits, target, z, N)
    (slope,) = torch.autograd.grad(expected.sum(), logits)
    losses, gradient = nce(logits.detach(), target, math.log(z), N)
    torch.testing.assert_close(losses, expected.detach(), rtol=1e-10, atol=1e-12)
    torch.testing.assert_close(gradient, slope, rtol=1e-8, atol=1e-12)


def test_probabilities_of_one_in_n_give_the_closed_form():
    k, log_z = 4096, 2.0
    logits = torch.full((3, 1 + k), log_z - math.log(N), dtype=torch.float64)
    losses, _ = nce(logits, torch.zeros(3, dtype=torch.int64), log_z, N)
    expected = math.log(k + 1) + k * math.log((k + 1) / k)
    assert losses.tolist() == pytest.approx([expected] * 3, rel=1e-12)
    assert expected == pytest.approx(9.32, abs=0.005)  # not ln(K + 1) = 8.32


def test_fp32_at_temperature_0_07_and_a_million_images_is_exact_to_rounding():
    cosines = torch.rand(4, 4097, dtype=torch.float64) * 2 - 1
    logits, target, log_z = cosines / 0.07, torch.zeros(4, dtype=torch.int64), 20.0
    exact, slope = nce(logits, target, log_z, 1_281_167)
    rough, gradient = nce(logits.float(), target, log_z, 1_281_167)
    torch.testing.assert_close(rough.double(), exact, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(gradient.double(), slope, rtol=1e-4, atol=1e-6)
