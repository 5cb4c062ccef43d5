"""SimSiam."""

import pytest
import torch
import torch.nn.functional as F

from tests.test_models.tiny import PREDICTOR, batch, build, total


def test_loss_is_one_plus_the_papers():
    learner = build('simsiam')
    inputs, samples = batch()
    value = total(learner.loss(inputs, samples)).item()
    z = [learner.project(x) for x in inputs]
    p = [learner.predictor(x) for x in z]
    paper = sum(-F.cosine_similarity(a, b).mean() / 2 for a, b in ((p[0], z[1]), (p[1], z[0])))
    assert value == pytest.approx(1 + paper.item(), abs=1e-6)


def test_gradient_is_the_algorithm_boxs_with_detached_projections():
    learner, twin = build('simsiam'), build('simsiam')
    inputs, samples = batch()
    total(learner.loss(inputs, samples)).backward()
    z = [twin.project(x) for x in inputs]
    p = [twin.predictor(x) for x in z]
    paper = sum(-F.cosine_similarity(a, b.detach()).mean() / 2 for a, b in ((p[0], z[1]), (p[1], z[0])))
    paper.backward()
    for (name, ours), theirs in zip(learner.named_parameters(), twin.parameters()):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-7, atol=1e-10, msg=name)


def test_without_a_predictor_keys_still_carry_no_gradient():
    learner = build('simsiam', predictor=None)
    inputs, samples = batch()
    queries, keys = learner.encoder(learner, inputs, learner.pairs)
    assert queries[0].requires_grad and not keys[0].requires_grad
    assert torch.equal(queries[0].detach(), keys[0])


def test_swapping_the_views_changes_nothing():
    inputs, samples = batch()
    forward = total(build('simsiam').loss(inputs, samples)).item()
    assert total(build('simsiam').loss(inputs[::-1], samples)).item() == pytest.approx(forward, abs=1e-9)


def test_equals_byol_whose_target_is_the_online_network():
    inputs, samples = batch()
    simsiam = build('simsiam')
    byol = build('byol', encoder=dict(type='EMAPair', momentum=0), predictor=PREDICTOR)
    byol.load_state_dict({**byol.state_dict(), **simsiam.state_dict()})
    ours, theirs = total(simsiam.loss(inputs, samples)), total(byol.loss(inputs, samples))
    ours.backward()
    theirs.backward()
    assert 4 * ours.item() == pytest.approx(theirs.item(), abs=1e-9)
    for a, b in zip(simsiam.parameters(), (p for p in byol.parameters() if p.requires_grad)):
        assert torch.allclose(4 * a.grad, b.grad, atol=1e-9)
