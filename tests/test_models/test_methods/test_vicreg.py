"""VICReg."""

import pytest

from mmcl.models.heads import VICRegHead
from tests.test_models.tiny import batch, build, total


def test_loss_is_the_heads_of_projections_as_they_are():
    learner = build('vicreg')
    inputs, samples = batch()
    losses = learner.loss(inputs, samples)
    z = [learner.project(x) for x in inputs]
    assert total(losses).item() == pytest.approx(VICRegHead()(*z)['loss'].item(), abs=1e-5)
    assert {'invariance', 'variance', 'covariance', 'vs_chance', 'spread'} <= set(losses)


def test_both_views_carry_gradient_and_batch_norm_sees_each_alone():
    learner = build('vicreg')
    inputs, samples = batch()
    queries, keys = learner.encoder(learner, inputs, learner.pairs)
    assert queries[0].requires_grad and keys[1].requires_grad
    alone = build('vicreg').project(inputs[1])
    assert (keys[1] - alone).abs().max() < 1e-6
