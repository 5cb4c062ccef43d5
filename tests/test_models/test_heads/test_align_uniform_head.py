"""Alignment and uniformity as a loss, with and without a queue."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.heads import AlignUniformHead, ContrastiveHead, QueueAlignUniformHead
from mmcl.models.losses import alignment, uniformity
from mmcl.structures import ContrastSet
from mmcl.utils.errors import InputError


def unit(*shape):
    return F.normalize(torch.randn(*shape, dtype=torch.float64), dim=-1)


def queue_set(num=4, keys=6, dim=3):
    return ContrastSet(unit(num, dim), own=unit(num, 1, dim), shared=unit(keys, dim))


def test_loss_is_the_weighted_sum_of_its_logged_terms():
    x, y = unit(2, 6, 4)
    out = AlignUniformHead(align=3, uniform=0.5, alpha=1, t=3)(x, y)
    spread = (uniformity(x, 3) + uniformity(y, 3)) / 2
    assert out['loss'].item() == pytest.approx((3 * alignment(x, y, 1) + 0.5 * spread).item(), abs=1e-12)
    assert out['uniformity'].item() == pytest.approx(spread.item(), abs=1e-12)


def test_gradient_descent_finds_the_best_arrangement_of_two_images():
    x, y = (view.requires_grad_() for view in unit(2, 2, 3))
    optimizer = torch.optim.SGD([x, y], lr=0.3)
    for _ in range(300):
        optimizer.zero_grad()
        loss = AlignUniformHead()(F.normalize(x, dim=1), F.normalize(y, dim=1))['loss']
        loss.backward()
        optimizer.step()
    # each pair in one place, the two images opposite: alignment 0 and uniformity -t 2^2
    assert loss.item() == pytest.approx(-8, abs=1e-3)


@pytest.mark.parametrize('within_batch', [True, False])
def test_with_a_queue_it_equals_loops_over_all_pairs(within_batch):
    contrast = queue_set()
    head = QueueAlignUniformHead(align=3, uniform=0.7, alpha=1.5, t=3, within_batch=within_batch)
    q, k, queue = (x.tolist() for x in (contrast.anchors, contrast.own[:, 0], contrast.shared))
    close = sum(math.dist(a, b) ** 1.5 for a, b in zip(q, k)) / 4
    pairs = [math.exp(-3 * math.dist(a, b) ** 2) for a in q for b in queue]
    if within_batch:
        pairs += [math.exp(-3 * math.dist(q[i], q[j]) ** 2) for i in range(4) for j in range(i)]
    out = head(contrast)
    expected = 3 * close + 0.7 * math.log(sum(pairs) / len(pairs))
    assert out['loss'].item() == pytest.approx(expected, abs=1e-12)
    cosines = [sum(x * y for x, y in zip(a, b)) for a in q for b in queue]
    assert out['neg_sim'].item() == pytest.approx(sum(cosines) / len(cosines), abs=1e-12)


def test_infonce_is_added_where_it_has_a_weight():
    contrast = queue_set()
    plain = QueueAlignUniformHead()(contrast)['loss']
    both = QueueAlignUniformHead(contrast=0.5, temperature=0.2)(contrast)['loss']
    assert (both - plain).item() == pytest.approx(
        ContrastiveHead(0.2, 0.5)(contrast)['loss'].item(), abs=1e-12
    )


def test_a_queue_far_from_the_queries_leaves_only_the_batch():
    q = F.normalize(torch.tensor([[1.0, 0.02, 0], [1, 0, 0.03], [1, 0.01, 0]]).double(), dim=1)
    contrast = ContrastSet(q, own=q[:, None], shared=-q[:1])
    pairs = 3 * math.exp(uniformity(q, 20).item())
    value = QueueAlignUniformHead(align=0, t=20)(contrast)['uniformity'].item()
    assert value == pytest.approx(math.log(pairs / 6), abs=1e-9)


def test_settings_out_of_range_are_refused():
    for head in (AlignUniformHead, QueueAlignUniformHead):
        with pytest.raises(InputError, match='alpha=0'):
            head(alpha=0)


def test_negatives_that_are_no_queue_are_refused():
    contrast = queue_set()
    contrast.own = unit(4, 2, 3)
    with pytest.raises(InputError, match='2 own and 6 shared.*QueueNegatives'):
        QueueAlignUniformHead()(contrast)
