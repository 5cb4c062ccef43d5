"""Alignment and uniformity as a method, and on MoCo."""

import pytest

from mmcl.models.encoders.base import unit
from mmcl.models.heads import AlignUniformHead, QueueAlignUniformHead
from mmcl.structures import ContrastSet
from tests.test_models.tiny import batch, build, total


def test_loss_is_the_heads_of_two_views_that_both_carry_gradient():
    changes = dict(type='AlignUniform', encoder=dict(type='SharedPair', joint=False))
    learner = build('vicreg', **changes, head=dict(type='AlignUniformHead', align=2.0, t=1.0))
    inputs, samples = batch()
    losses = learner.loss(inputs, samples)
    z = [unit(learner.project(x)) for x in inputs]
    assert total(losses).item() == pytest.approx(
        AlignUniformHead(align=2.0, t=1.0)(*z)['loss'].item(), abs=1e-9
    )
    assert {'alignment', 'uniformity', 'spread'} <= set(losses)
    queries, keys = learner.encoder(learner, inputs, learner.pairs)
    assert queries[0].requires_grad and keys[1].requires_grad


def test_on_moco_it_compares_with_the_queue_and_keys_carry_no_gradient():
    learner = build('moco', head=dict(type='QueueAlignUniformHead'))
    inputs, samples = batch()
    queue = learner.memory.read().double()
    losses = learner.loss(inputs, samples)
    q, k = learner.encoder(learner, inputs, learner.pairs)
    assert not k[1].requires_grad
    expected = QueueAlignUniformHead()(ContrastSet(q[0], own=k[1][:, None], shared=queue))
    assert total(losses).item() == pytest.approx(expected['loss'].item(), abs=1e-6)
