"""The normalised softmax, its bound, and losses on class proxies."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.heads import NormFaceHead
from mmcl.models.losses import c_contrastive, c_triplet, scale_for, softmax_bound
from mmcl.models.memories import class_targets
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, total


def head(classes=5, dim=7, **settings):
    torch.manual_seed(0)
    made = NormFaceHead(dim, classes, **settings)
    made.init_weights()
    return made.double()


def scene(num=6, dim=7):
    torch.manual_seed(1)
    return torch.randn(num, dim, dtype=torch.float64, requires_grad=True), torch.arange(num) % 5


def test_logits_are_the_scale_times_cosines_without_a_bias():
    made, (features, _) = head(scale=7.5), scene()
    logits = made(features).tolist()
    for n, f in enumerate(features.tolist()):
        for c, w in enumerate(made.fc.weight.tolist()):
            dot = sum(a * b for a, b in zip(f, w))
            assert logits[n][c] == pytest.approx(7.5 * dot / math.hypot(*f) / math.hypot(*w), rel=1e-7)
    assert [name for name, _ in made.named_parameters()] == ['fc.weight']


@pytest.mark.parametrize('form', ['softmax', 'contrastive', 'triplet'])
def test_lengths_change_nothing_and_gradients_are_orthogonal(form):
    made, (features, labels) = head(form=form), scene()
    loss = made.loss(made(features), labels)['loss']
    loss.backward()
    scaled = made.loss(made(features.detach() * 37), labels)['loss']
    assert scaled.item() == pytest.approx(loss.item(), rel=1e-7)
    for x in (features, made.fc.weight):
        assert (x * x.grad).sum(dim=1).abs().max() < 1e-6 and x.grad.abs().max() > 1e-4


@pytest.mark.parametrize(
    'scale, classes, expected', [(1, 10, 1.377), (10, 10, 1.3e-4), (1, 1000, 5.908), (1, 10572, 8.266)]
)
def test_the_bound_has_the_papers_values(scale, classes, expected):
    assert softmax_bound(scale, classes) == pytest.approx(expected, rel=0.06 if expected < 1 else 1e-3)


def test_a_simplex_reaches_the_bound_and_nothing_undercuts_it():
    made, points = head(5, 6, scale=4.0), class_targets(5, 6).double()
    made.fc.weight.data.copy_(3 * points)
    labels = torch.arange(5)
    at_best = made.loss(made(2 * points), labels)['loss'].item()
    assert at_best == pytest.approx(softmax_bound(4.0, 5), abs=1e-6)
    for seed in range(50):
        torch.manual_seed(seed)
        made.fc.weight.data.copy_(points + 0.3 * torch.randn(5, 6))
        features = made.fc.weight.detach() + 0.3 * torch.randn(5, 6)
        assert made.loss(made(features), labels)['loss'] > at_best


def test_the_bound_falls_with_the_scale_and_rises_with_the_classes():
    by_scale = [softmax_bound(s, 10) for s in (0.1, 1, 5, 10, 30)]
    by_classes = [softmax_bound(5, c) for c in (2, 10, 100, 1000)]
    assert by_scale == sorted(by_scale, reverse=True) and by_classes == sorted(by_classes)
    assert softmax_bound(1e-9, 10) == pytest.approx(math.log(10))


@pytest.mark.parametrize('posterior, classes', [(0.9, 10), (0.99, 10), (0.99, 1000)])
def test_the_scale_for_a_posterior_allows_just_that(posterior, classes):
    assert math.exp(-softmax_bound(scale_for(posterior, classes), classes)) == pytest.approx(posterior)
    assert head(classes).scale.item() == pytest.approx(scale_for(0.99, classes))


def test_proxy_losses_match_loops_over_the_classes():
    cosines = torch.linspace(-1, 1, 20, dtype=torch.float64).view(4, 5)[:, [3, 0, 4, 1, 2]]
    labels = [0, 4, 2, 2]
    contrastive = triplet = 0.0
    for row, y in zip(cosines.tolist(), labels):
        d = [2 - 2 * c for c in row]
        contrastive += d[y] + sum(max(0, 1.5 - d[j]) for j in range(5) if j != y)
        triplet += sum(max(0, 0.8 + d[y] - d[j]) for j in range(5) if j != y)
    labels = torch.tensor(labels)
    assert c_contrastive(cosines, labels, 1.5).item() == pytest.approx(contrastive / 4)
    assert c_triplet(cosines, labels).item() == pytest.approx(triplet / 4)


def test_softmax_of_squared_distances_is_that_of_cosines_at_twice_the_scale():
    made, (features, labels) = head(scale=6.0), scene()
    x, w = F.normalize(features, dim=1), F.normalize(made.fc.weight, dim=1)
    distances = torch.cdist(x, w).square()
    expected = F.cross_entropy(-3.0 * distances, labels)
    assert made.loss(made(features), labels)['loss'].item() == pytest.approx(expected.item(), rel=1e-7)


def test_a_learned_scale_grows_where_that_helps_and_stays_above_0():
    made, points = head(5, 6, scale=1.0, learn_scale=True), class_targets(5, 6).double()
    made.fc.weight.data.copy_(points)
    terms = made.loss(made(points), torch.arange(5))
    terms['loss'].backward()
    assert made.scale.grad < 0 and terms['scale'] == 1
    made.scale.data.fill_(-3.0)
    assert made(points).abs().max().item() == pytest.approx(0.01, rel=1e-6)


def test_a_classifier_takes_it_as_its_head():
    inputs, samples = batch(views=1)
    for n, sample in enumerate(samples):
        sample.set_gt_label(n % 3)
    learner = build(
        'classifier', head=dict(type='NormFaceHead', in_channels=16, num_classes=3, learn_scale=True)
    )
    losses = learner.loss(inputs[0], samples)
    total(losses).backward()
    assert losses['vs_chance'].isfinite() and learner.backbone.conv1.weight.grad.abs().sum() > 0


@pytest.mark.parametrize('settings', [dict(scale=0), dict(form='arc'), dict(margin=0), dict(num_classes=1)])
def test_settings_out_of_range_are_refused(settings):
    with pytest.raises(InputError, match=next(iter(settings))):
        NormFaceHead(**{**dict(in_channels=4, num_classes=3), **settings})
