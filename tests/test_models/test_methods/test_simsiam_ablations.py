"""SimSiam with parts taken away: what the variants compute, and which collapse (https://arxiv.org/abs/2203.16262)."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.evaluation import center_residual, collapse_statistics
from mmcl.utils.cli import load_config
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, total

PATTERNS = torch.randn(32, 3, 8, 8, generator=torch.Generator().manual_seed(0)).double()


def pair(variant):
    return dict(encoder=dict(type='StopGradPair', **{variant: True}))


def views(step):
    """Two noisy views of 32 patterns."""
    noise = torch.randn(2, *PATTERNS.shape, generator=torch.Generator().manual_seed(step)).double()
    return list(PATTERNS + 0.3 * noise), batch(num=32)[1]


def sgd(learner):
    return torch.optim.SGD(learner.parameters(), lr=0.1, momentum=0.9)


def test_a_symmetric_predictor_compares_predictions_and_stops_the_gradient_of_one():
    learner = build('simsiam', **pair('predict_keys')).eval()
    inputs, samples = batch()
    total(learner.loss(inputs, samples)).backward()
    twin = build('simsiam').eval()
    p = [twin.predictor(twin.project(view)) for view in inputs]
    (1 - sum(F.cosine_similarity(p[i], p[1 - i].detach()).mean() for i in (0, 1)) / 2).backward()
    for ours, theirs in zip(learner.parameters(), twin.parameters()):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-7, atol=1e-10)


def test_mirrored_simsiam_moves_projections_and_leaves_the_predictor():
    learner = build('simsiam', **pair('mirror')).eval()
    inputs, samples = batch()
    total(learner.loss(inputs, samples)).backward()
    twin = build('simsiam').eval()
    z = [twin.project(view) for view in inputs]
    p = [twin.predictor(x).detach() for x in z]
    (1 - sum(F.cosine_similarity(p[i], z[1 - i]).mean() for i in (0, 1)) / 2).backward()
    assert all(parameter.grad is None for parameter in learner.predictor.parameters())
    for ours, theirs in zip(learner.neck.parameters(), twin.neck.parameters()):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=1e-7, atol=1e-10)


def test_both_variants_at_once_are_refused():
    with pytest.raises(InputError, match='predict_keys=True and mirror=True'):
        build('simsiam', encoder=dict(type='StopGradPair', predict_keys=True, mirror=True))


def trained(steps, **changes):
    """The length of the centre of the keys after so many steps."""
    learner = build('simsiam', **changes)
    optimizer = sgd(learner)
    for step in range(steps):
        optimizer.zero_grad()
        total(learner.loss(*views(step))).backward()
        optimizer.step()
    _, keys = learner.encoder(learner, views(99)[0], learner.pairs)
    return collapse_statistics(keys[0])['center']


@pytest.mark.parametrize(
    'changes',
    [
        dict(predictor=None),
        pair('predict_keys'),
        pair('mirror'),
        dict(encoder=dict(type='SharedPair', joint=False)),
    ],
    ids=['no predictor', 'predictor on both sides', 'mirrored', 'no stop-gradient'],
)
def test_a_variant_collapses(changes):
    assert trained(20, **changes) > 0.95


def test_simsiam_does_not_collapse_and_a_single_vector_opens_again_what_closes_at_first():
    assert trained(20) < 0.8
    vector = dict(predictor=dict(type='BiasPredictor', channels=8))
    assert trained(60, **vector) < 0.8 < 0.9 < trained(20, **vector)


def center_after(gradient, learner, steps=20):
    """Train projections z along ``gradient(z, z of the other view)``, both of unit length; the length of their centre."""
    optimizer = sgd(learner)
    for step in range(steps):
        z, other = (F.normalize(learner.project(view), dim=1) for view in views(step)[0])
        optimizer.zero_grad()
        (-(z * gradient(z.detach(), other.detach())).sum(dim=1).mean()).backward()
        optimizer.step()
    return collapse_statistics(learner.project(views(99)[0][0]).detach())['center']


def center(z):
    return center_residual(z)[0]


def residual(z):
    return center_residual(z)[1]


def naive():
    return build('simsiam', predictor=None)


def test_a_pull_along_the_centre_collapses_and_one_along_the_residuals_opens():
    before = collapse_statistics(naive().project(views(99)[0][0]).detach())['center']
    assert center_after(lambda z, _: center(z).expand_as(z), naive()) > 0.97
    assert center_after(lambda z, _: residual(z), naive()) < 0.3 < before


def test_the_other_view_alone_collapses_and_a_push_from_the_centre_undoes_it():
    learner = naive()
    assert center_after(lambda _, other: other, learner) > 0.95
    assert center_after(lambda z, other: other - center(z), learner, steps=40) < 0.8


def test_of_a_negatives_gradient_its_centre_prevents_collapse_and_its_residual_alone_does_not():
    whole = center_after(lambda _, other: other - other.roll(1, 0), naive())
    only_center = center_after(lambda _, other: other - center(other), naive())
    only_residual = center_after(lambda _, other: other - residual(other).roll(1, 0), naive())
    assert max(whole, only_center) < 0.4 and only_residual > 0.85


@pytest.mark.parametrize(
    'name, moves, rate',
    [('r50-random-predictor', False, 0), ('r50-decayed-predictor', True, 0.05), ('r50', True, 0.1)],
)
def test_predictors_rates_in_the_ablations(name, moves, rate):
    from mmengine.optim import build_optim_wrapper

    from mmcl.engine.schedulers import WarmupCosineLR

    cfg = load_config(f'configs/simsiam/{name}_100e.py')
    learner = build('simsiam')
    optimizer = build_optim_wrapper(learner, cfg.optim_wrapper).optimizer
    scheduler = WarmupCosineLR(optimizer, end=100)
    before = [p.detach().clone() for p in learner.predictor.parameters()]
    for _ in range(50):  # half of a cosine
        optimizer.step()
        scheduler.step()
    total(learner.loss(*batch())).backward()
    optimizer.step()
    changed = any(not torch.equal(a, b) for a, b in zip(before, learner.predictor.parameters()))
    assert changed == moves
    mine = {id(p) for p in learner.predictor.parameters()}
    rates = {group['lr'] for group in optimizer.param_groups if {id(p) for p in group['params']} <= mine}
    assert list(rates) == [pytest.approx(rate)]
