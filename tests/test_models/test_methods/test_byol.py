"""BYOL."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.heads import LatentHead
from tests.test_models.tiny import batch, build, total


def unit(num, dim):
    return F.normalize(torch.randn(num, dim, dtype=torch.float64), dim=1)


def test_loss_is_four_minus_twice_the_cosines_of_both_directions():
    learner = build('byol')
    inputs, samples = batch()
    value = total(learner.loss(inputs, samples)).item()
    p = [F.normalize(learner.predictor(learner.project(x)), dim=1) for x in inputs]
    z = [F.normalize(learner.project(x), dim=1) for x in inputs]  # the target is still a copy
    expected = 4 - 2 * ((p[0] * z[1]).sum(1) + (p[1] * z[0]).sum(1)).mean()
    assert value == pytest.approx(expected.item(), abs=1e-6)


def test_identical_vectors_give_zero_and_opposite_ones_eight_in_total():
    z = unit(5, 8)
    head = LatentHead()
    assert 2 * head(z, z)['loss'].item() == pytest.approx(0, abs=1e-12)
    assert 2 * head(z, -z)['loss'].item() == pytest.approx(8, abs=1e-12)


def test_head_statistics_are_mean_cosines_with_own_and_other_targets():
    p, z = unit(5, 8), unit(5, 8)
    out, cosines = LatentHead()(p, z), p @ z.T
    off_diagonal = cosines[~torch.eye(5, dtype=torch.bool)]
    assert out['pos_sim'].item() == pytest.approx(cosines.diagonal().mean().item(), abs=1e-12)
    assert out['neg_sim'].item() == pytest.approx(off_diagonal.mean().item(), abs=1e-12)


def test_swapping_the_views_changes_nothing():
    inputs, samples = batch()
    forward = total(build('byol').loss(inputs, samples)).item()
    assert total(build('byol').loss(inputs[::-1], samples)).item() == pytest.approx(forward, abs=1e-9)


def test_target_gets_no_gradient_and_has_no_predictor():
    learner = build('byol')
    total(learner.loss(*batch())).backward()
    assert all(p.grad is None and not p.requires_grad for p in learner.encoder.target.parameters())
    assert not any('predictor' in name for name, _ in learner.encoder.named_parameters())
    online = (learner.backbone, learner.neck, learner.predictor)
    assert all(p.grad is not None for module in online for p in module.parameters())


@pytest.mark.parametrize('step, total_steps, expected', [(0, 10, 0.9), (5, 10, 0.95), (10, 10, 1.0)])
def test_momentum_rises_from_its_base_to_one_along_a_cosine(step, total_steps, expected):
    learner = build('byol')
    assert learner.encoder.update(learner, step, total_steps) == pytest.approx(expected, abs=1e-12)
