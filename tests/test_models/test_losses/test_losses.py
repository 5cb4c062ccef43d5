"""The formulas, against slow loops in float64 and closed forms."""

import math

import pytest
import torch

from mmcl.models.losses import cosine_distance, info_nce


def loss_of(logits, target):
    """Mean over anchors."""
    return info_nce(logits, target)[0].mean().item()


def slow_info_nce(logits, target):
    total = 0.0
    for row, t in zip(logits.double().tolist(), target.tolist()):
        total += -math.log(math.exp(row[t]) / sum(math.exp(x) for x in row))
    return total / len(logits)


@pytest.mark.parametrize('seed', range(3))
def test_info_nce_matches_naive_loop(seed):
    torch.manual_seed(seed)
    logits, target = torch.randn(7, 11, dtype=torch.float64) * 5, torch.randint(11, (7,))
    assert loss_of(logits, target) == pytest.approx(slow_info_nce(logits, target), abs=1e-9)


def test_info_nce_with_equal_logits_is_ln_of_candidates():
    assert loss_of(torch.full((4, 65537), 0.3), torch.zeros(4, dtype=torch.int64)) == pytest.approx(
        math.log(65537), abs=1e-5
    )


def test_info_nce_with_one_negative_is_softplus():
    a, b = 1.3, 2.1
    expected = math.log1p(math.exp(b - a))
    assert loss_of(torch.tensor([[a, b]]), torch.tensor([0])) == pytest.approx(expected, abs=1e-6)


def test_info_nce_gives_the_gradient_of_its_losses():
    torch.manual_seed(3)
    logits, target = torch.randn(6, 9, dtype=torch.float64).requires_grad_(), torch.randint(9, (6,))
    torch.nn.functional.cross_entropy(logits, target, reduction='sum').backward()
    torch.testing.assert_close(info_nce(logits.detach(), target)[1], logits.grad, rtol=0, atol=1e-12)


def test_hidden_candidates_get_no_probability_and_no_gradient():
    logits, target = torch.randn(3, 5, dtype=torch.float64), torch.tensor([0, 1, 3])
    masked = logits.masked_fill(torch.tensor([False, False, True, False, True]), float('-inf'))
    assert info_nce(masked, target)[1][:, [2, 4]].abs().max() == 0
    slow = slow_info_nce(logits[:, [0, 1, 3]], torch.tensor([0, 1, 2]))
    assert loss_of(masked, target) == pytest.approx(slow, abs=1e-9)


def test_info_nce_of_a_hopeless_positive_is_finite():
    logits = torch.tensor([[-500.0, 500.0, 0.0]])
    assert loss_of(logits, torch.tensor([0])) == pytest.approx(1000)


def test_info_nce_at_low_temperature_neither_overflows_nor_loses_precision():
    cosines = torch.tensor([[1.0, 1.0, -1.0]])
    assert loss_of(cosines / 0.01, torch.tensor([0])) == pytest.approx(math.log(2), abs=1e-6)


def test_cosine_distance_is_squared_distance_of_unit_vectors():
    torch.manual_seed(0)
    p, z = (torch.nn.functional.normalize(torch.randn(6, 4, dtype=torch.float64), dim=1) for _ in range(2))
    expected = sum(sum((a - b) ** 2 for a, b in zip(x, y)) for x, y in zip(p.tolist(), z.tolist())) / 6
    assert cosine_distance(p, z).item() == pytest.approx(expected, abs=1e-12)
    assert cosine_distance(p, p).item() == pytest.approx(0, abs=1e-12)
    assert cosine_distance(p, -p).item() == pytest.approx(4, abs=1e-12)
