"""MoCo."""

import math

import pytest
import torch

from tests.test_models.tiny import batch, build, total


def test_loss_matches_the_algorithm_box_of_the_paper():
    learner = build('moco')
    (x_q, x_k), samples = batch()
    queue = learner.memory.read()
    losses = learner.loss([x_q, x_k], samples)
    q = torch.nn.functional.normalize(learner.project(x_q), dim=1)
    # the target is a copy before the first update, with batch norm statistics of its own batch
    k = torch.nn.functional.normalize(learner.project(x_k), dim=1)
    expected = 0.0
    for n in range(len(q)):
        logits = [float(q[n] @ k[n]) / 0.2] + [float(q[n] @ row) / 0.2 for row in queue]
        expected += -math.log(math.exp(logits[0]) / sum(map(math.exp, logits))) / len(q)
    assert losses['loss_0to1'].item() == pytest.approx(expected, abs=1e-6)


def test_keys_enter_the_queue_after_the_loss_and_without_gradient():
    learner = build('moco')
    inputs, samples = batch()
    before = learner.memory.read()
    losses = learner.loss(inputs, samples)
    after = learner.memory.read()
    assert torch.equal(before[6:], after[6:])
    assert not torch.isclose(before[:6], after[:6]).all()
    assert not after.requires_grad
    keys = learner.encoder._key(inputs[1])
    assert torch.allclose(after[:6], keys, atol=1e-6)
    total(losses).backward()
    assert all(p.grad is None for p in learner.encoder.target.parameters())


def test_target_is_m_old_plus_one_minus_m_online_after_an_update():
    learner = build('moco')
    learner.loss(*batch())
    old = [p.clone() for p in learner.encoder.target.parameters()]
    with torch.no_grad():
        for p in learner.parameters():
            if p.requires_grad:
                p.add_(torch.randn_like(p))
    online = [*learner.backbone.parameters(), *learner.neck.parameters()]
    learner.encoder.update(learner, step=0, total=10)
    for new, before, source in zip(learner.encoder.target.parameters(), old, online):
        assert torch.allclose(new, 0.9 * before + 0.1 * source, atol=1e-12)


def test_target_keeps_batch_norm_statistics_of_its_own():
    learner = build('moco')
    inputs, samples = batch()
    learner.loss(inputs, samples)
    mine = learner.encoder.target['backbone'].norm1.running_mean
    online = learner.backbone.norm1.running_mean
    assert not torch.allclose(mine, online)
    kept = mine.clone()
    learner.encoder.update(learner, step=0, total=10)
    assert torch.equal(learner.encoder.target['backbone'].norm1.running_mean, kept)


def test_loss_is_not_symmetric_in_its_views():
    inputs, samples = batch()
    forward = total(build('moco').loss(inputs, samples)).item()
    backward = total(build('moco').loss(inputs[::-1], samples)).item()
    assert forward != pytest.approx(backward, abs=1e-6)


def test_symmetric_option_adds_both_directions_and_enqueues_both_views():
    inputs, samples = batch()
    both = build('moco', pairs=[(0, 1), (1, 0)])
    losses = both.loss(inputs, samples)
    one_way = total(build('moco').loss(inputs, samples)).item()
    other_way = total(build('moco').loss(inputs[::-1], samples)).item()
    assert total(losses).item() == pytest.approx(one_way + other_way, abs=1e-9)
    assert int(both.memory.pointer) == 12


def test_a_linear_neck_has_the_same_keys_but_for_the_head():
    v1 = build(
        'moco', neck=dict(type='MLP', in_channels=32, hidden_channels=16, out_channels=8, num_layers=1)
    )
    v2 = build('moco')
    strip = lambda learner: {k for k in learner.state_dict() if 'neck' not in k}  # noqa: E731
    assert strip(v1) == strip(v2)


def test_a_perfect_match_has_the_largest_logit():
    torch.manual_seed(0)
    q = torch.nn.functional.normalize(torch.randn(16, 128), dim=1)
    queue = torch.nn.functional.normalize(torch.randn(4096, 128), dim=1)
    logits = torch.cat([(q * q).sum(1, keepdim=True), q @ queue.T], dim=1)
    assert logits.argmax(dim=1).eq(0).all()
