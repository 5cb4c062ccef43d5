"""The contrastive head on hand-made sets."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.heads import ContrastiveHead
from mmcl.registry import MODELS
from mmcl.structures import ContrastSet
from mmcl.utils.errors import InputError


def unit(*shape):
    return F.normalize(torch.randn(*shape, dtype=torch.float64), dim=-1)


def test_head_matches_a_loop_over_own_and_shared_candidates():
    torch.manual_seed(0)
    anchors, own, shared = unit(4, 8), unit(4, 2, 8), unit(5, 8)
    hidden = torch.tensor([[0, -1], [1, 2], [-1, -1], [4, -1]])
    out = ContrastiveHead(0.3)(ContrastSet(anchors, own=own, shared=shared, hidden=hidden))
    losses, positive, negative = [], [], []
    for n in range(4):
        cosines = [float(anchors[n] @ own[n, p]) for p in range(2)]
        cosines += [float(anchors[n] @ shared[m]) for m in range(5) if m not in hidden[n].tolist()]
        losses.append(-math.log(math.exp(cosines[0] / 0.3) / sum(math.exp(c / 0.3) for c in cosines)))
        positive.append(cosines[0])
        negative += cosines[1:]
    assert out['loss'].item() == pytest.approx(sum(losses) / 4, abs=1e-9)
    assert out['pos_sim'].item() == pytest.approx(sum(positive) / 4, abs=1e-9)
    assert out['neg_sim'].item() == pytest.approx(sum(negative) / len(negative), abs=1e-6)


def test_loss_equals_chance_when_all_candidates_look_alike():
    same = torch.zeros(3, 4)
    same[:, 0] = 1
    out = ContrastiveHead(0.2)(ContrastSet(same, own=same[:, None], shared=same[:1].repeat(9, 1)))
    assert out['loss'].item() == pytest.approx(math.log(10), abs=1e-6)
    assert out['chance'].item() == pytest.approx(math.log(10), abs=1e-6)


def test_queue_orthogonal_to_a_perfect_match_gives_the_closed_form():
    q = torch.eye(4)[:1]
    out = ContrastiveHead(0.07)(ContrastSet(q, own=q[:, None], shared=torch.eye(4)[1:].repeat(5, 1)))
    assert out['loss'].item() == pytest.approx(math.log1p(15 * math.exp(-1 / 0.07)), abs=1e-6)


def test_set_temperature_replaces_the_heads_column_by_column():
    torch.manual_seed(1)
    anchors, shared, target = unit(3, 6), unit(5, 6), torch.tensor([0, 1, 2])
    phi = torch.tensor([0.1, 0.2, 0.3, 0.4, 0.5], dtype=torch.float64)
    out = ContrastiveHead(7.0)(ContrastSet(anchors, shared=shared, target=target, temperature=phi))
    expected = 0.0
    for n in range(3):
        logits = [float(anchors[n] @ shared[m]) / float(phi[m]) for m in range(5)]
        expected += -math.log(math.exp(logits[n]) / sum(map(math.exp, logits))) / 3
    assert out['loss'].item() == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize('temperature', [0, -0.1])
def test_a_temperature_that_is_not_positive_is_refused(temperature):
    with pytest.raises(InputError, match=f'temperature={temperature}'):
        ContrastiveHead(temperature)


@pytest.mark.parametrize(
    'head',
    [
        dict(type='HardNegativeHead'),
        dict(type='NCEHead', num_samples=9),
        dict(type='SpreadingHead'),
    ],
)
def test_a_loss_that_is_not_linear_in_its_target_refuses_a_mean_of_positives(head):
    anchors, own, shared = unit(4, 6), unit(4, 1, 6), unit(5, 6)
    head = MODELS.build(head)
    head(ContrastSet(anchors, own, shared))
    with pytest.raises(
        InputError, match=f'{type(head).__name__} was given anchors with several positives.*ContrastiveHead'
    ):
        head(ContrastSet(anchors, own, shared, offset=own[:, 0] - shared[:4]))
