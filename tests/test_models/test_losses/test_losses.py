"""The formulas, against slow loops in float64 and closed forms."""

import math

import pytest
import torch

from mmcl.models.losses import cosine_distance, info_nce


def slow_info_nce(logits, target):
    total = 0.0
    for row, t in zip(logits.double().tolist(), target.tolist()):
        total += -math.log(math.exp(row[t]) / sum(math.exp(x) for x in row))
    return total / len(logits)


@pytest.mark.parametrize('seed', range(3))
def test_info_nce_matches_naive_loop(seed):
    torch.manual_seed(seed)
    logits, target = torch.randn(7, 11, dtype=torch.float64) * 5, torch.randint(11, (7,))
    assert info_nce(logits, target).item() == pytest.approx(slow_info_nce(logits, target), abs=1e-9)


def test_info_nce_with_equal_logits_is_ln_of_candidates():
    assert info_nce(torch.full((4, 65537), 0.3), torch.zeros(4, dtype=torch.int64)).item() == pytest.approx(
        math.log(65537), abs=1e-5
    )


def test_info_nce_with_one_negative_is_softplus():
    a, b = 1.3, 2.1
    expected = math.log1p(math.exp(b - a))
    assert info_nce(torch.tensor([[a, b]]), torch.tensor([0])).item() == pytest.approx(expected, abs=1e-6)


def test_hidden_candidates_get_no_probability_and_no_gradient():
    logits = torch.randn(3, 5, dtype=torch.float64)
    masked = logits.clone().requires_grad_()
    loss = info_nce(
        masked.masked_fill(torch.tensor([False, False, True, False, True]), float('-inf')),
        torch.tensor([0, 1, 3]),
    )
    loss.backward()
    assert masked.grad[:, [2, 4]].abs().max() == 0
    kept = [0, 1, 3]
    assert loss.item() == pytest.approx(slow_info_nce(logits[:, kept], torch.tensor([0, 1, 2])), abs=1e-9)


def test_info_nce_at_low_temperature_neither_overflows_nor_loses_precision():
    cosines = torch.tensor([[1.0, 1.0, -1.0]])
    assert info_nce(cosines / 0.01, torch.tensor([0])).item() == pytest.approx(math.log(2), abs=1e-6)


def test_cosine_distance_is_squared_distance_of_unit_vectors():
    torch.manual_seed(0)
    p, z = (torch.nn.functional.normalize(torch.randn(6, 4, dtype=torch.float64), dim=1) for _ in range(2))
    expected = sum(sum((a - b) ** 2 for a, b in zip(x, y)) for x, y in zip(p.tolist(), z.tolist())) / 6
    assert cosine_distance(p, z).item() == pytest.approx(expected, abs=1e-12)
    assert cosine_distance(p, p).item() == pytest.approx(0, abs=1e-12)
    assert cosine_distance(p, -p).item() == pytest.approx(4, abs=1e-12)
