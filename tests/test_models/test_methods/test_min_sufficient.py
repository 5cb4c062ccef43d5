"""Regularisers that keep what views do not share ("Rethinking minimal sufficient representation")."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.losses import own_view_bound
from mmcl.models.necks import ImageDecoder
from mmcl.utils.errors import InputError
from tests.test_models.tiny import BACKBONE, DECODER, batch, build, num_views, total

LEVELS = {**BACKBONE, 'out_indices': (1, 2, 3)}
APART = dict(type='SharedPair', joint=False)
RC = dict(type='ReconstructionHead', decoder=DECODER)
LBE = dict(type='InformationHead', scale=2.0)
# method -> the encoder that tells features
TAPPED = dict(
    simclr=dict(type='TappedPair', joint=False),
    byol=dict(type='TappedEMAPair', momentum=0.9, end_momentum=1.0),
    moco=dict(type='TappedEMAPair', momentum=0.9),
    simsiam=dict(type='TappedPair', joint=False, stop_gradient=True),
    vicreg=dict(type='TappedPair', joint=False, normalize=False),
    pcl=dict(type='TappedEMAPair', momentum=0.9),
    npid=dict(type='TappedPair', joint=False),
    mocov3=dict(type='TappedEMAPair', momentum=0.9, end_momentum=1.0, lead=1),
)


def with_weights_of(learner, name, **changes):
    """A method with a regulariser, and the weights of the one without."""
    other = build(name, **changes)
    other.load_state_dict(learner.state_dict(), strict=False)
    return other


def slow_bound(noisy, means, scale):
    """The bound, a pair of vectors at a time."""
    value = 0.0
    for h in noisy.tolist():
        total = 0.0
        for mu in means.tolist():
            total += math.exp(-sum((a - b) ** 2 for a, b in zip(h, mu)) / scale)
        value -= math.log(total) / len(noisy)
    return value


def test_the_bound_matches_a_loop_over_pairs():
    torch.manual_seed(0)
    means = torch.randn(7, 5, dtype=torch.float64)
    noisy = means[:4] + 0.1 * torch.randn(4, 5, dtype=torch.float64)
    assert own_view_bound(noisy, means, 3.0).item() == pytest.approx(slow_bound(noisy, means, 3.0), rel=1e-12)


def test_the_bound_is_minus_log_m_where_all_are_alike_and_0_where_all_are_far_apart():
    alike = torch.ones(6, 4, dtype=torch.float64)
    assert own_view_bound(alike, alike, 20.0).item() == pytest.approx(-math.log(6), abs=1e-9)
    apart = 1e3 * torch.eye(6, dtype=torch.float64)
    assert own_view_bound(apart, apart, 20.0).item() == pytest.approx(0, abs=1e-12)
    some = torch.randn(6, 4, dtype=torch.float64)
    assert -math.log(6) < own_view_bound(some, some, 20.0) < 0


def test_one_vector_alone_is_not_moved_by_the_bound():
    means = torch.randn(1, 4, dtype=torch.float64, requires_grad=True)
    own_view_bound(means + 0.3, means, 2.0).backward()
    assert torch.allclose(means.grad, torch.zeros(1, 4, dtype=torch.float64), atol=1e-12)


def test_raising_the_bound_moves_two_vectors_apart():
    means = torch.tensor([[0.0, 0.0], [1.0, 0.0]], requires_grad=True)
    own_view_bound(means, means, 2.0).backward()
    assert means.grad[0, 0] < 0 < means.grad[1, 0]


@pytest.mark.parametrize(
    'size, recipe',
    [
        (32, {}),
        (64, dict(channels=(128,) * 5)),
        (224, dict(start=7, channels=(64, 128, 128, 128, 64), last_stride=2)),
    ],
)
def test_decoders_of_the_paper_give_images_of_the_views_size(size, recipe):
    decoder = ImageDecoder(in_channels=12, norm_cfg=dict(type='BN'), **recipe)
    assert decoder(torch.randn(2, 12)).shape == (2, 3, size, size)


def test_the_decoder_for_32_px_has_the_authors_number_of_parameters():
    mine = sum(p.numel() for p in ImageDecoder(512, norm_cfg=dict(type='BN')).parameters())
    convolutions = 9 * (64 * 256 + 256 * 128 + 128 * 64 + 64 * 3) + 3
    assert mine == 512 * 1024 + convolutions + 2 * (1024 + 256 + 128 + 64)


@pytest.mark.parametrize('name', TAPPED)
def test_without_weight_and_noise_a_method_is_as_it_was(name):
    inputs, samples = batch(views=num_views(build(name)))
    changes = dict(encoder=APART) if name == 'simclr' else {}
    for regulariser in (dict(LBE, weights=(1.0,), loss_weight=0.0), dict(RC, loss_weight=0.0)):
        reference = build(name, **changes)
        learner = with_weights_of(
            reference, name, encoder=dict(TAPPED[name], noise=0.0), regulariser=regulariser
        )
        loss, expected = total(learner.loss(inputs, samples)), total(reference.loss(inputs, samples))
        assert loss.item() == expected.item()
        loss.backward()
        expected.backward()
        for mine, theirs in zip(learner.backbone.parameters(), reference.backbone.parameters()):
            assert torch.equal(mine.grad, theirs.grad)


@pytest.mark.parametrize('name', TAPPED)
def test_reconstruction_adds_the_squared_error_of_each_view_with_itself(name):
    inputs, samples = batch(views=num_views(build(name)))
    reference = build(name, **(dict(encoder=APART) if name == 'simclr' else {}))
    learner = with_weights_of(reference, name, encoder=TAPPED[name], regulariser=dict(RC, loss_weight=0.3))
    base = total(reference.loss(inputs, samples)).item()
    tapped = sorted({i for i, _ in learner.pairs}) if 'EMA' in TAPPED[name]['type'] else range(len(inputs))
    expected = 0.0
    for view in tapped:
        h = learner.backbone(inputs[view])[-1].mean(dim=(2, 3))
        difference = learner.regulariser.decoder(h) - inputs[view]
        expected += (difference**2).sum().item() / difference.numel()
    losses = learner.loss(inputs, samples)
    assert losses['own_view'].item() == pytest.approx(expected, rel=1e-6)
    assert total(losses).item() == pytest.approx(base + 0.3 * expected, rel=1e-6)


def noise(view, level, shape):
    from mmcl.utils.step_random import step_generator

    return torch.randn(shape, generator=step_generator(f'representation noise {view} {level}')).double()


@pytest.mark.parametrize('name', ['simclr', 'byol'])
def test_information_subtracts_the_bounds_of_three_stages_and_the_projector_sees_the_noise(name):
    inputs, samples = batch()
    learner = build(
        name, backbone=LEVELS, encoder=dict(TAPPED[name], noise=0.1), regulariser=dict(LBE, loss_weight=0.7)
    )
    clean = [[m.mean(dim=(2, 3)) for m in learner.backbone(view)] for view in inputs]
    noisy = [[x + 0.1 * noise(v, i, x.shape) for i, x in enumerate(each)] for v, each in enumerate(clean)]
    bound = sum(
        weight * slow_bound(torch.cat([h[i] for h in noisy]), torch.cat([mu[i] for mu in clean]), 2.0)
        for i, weight in enumerate((0.25, 0.5, 1.0))
    )
    z = [learner.neck((h[-1],)) for h in noisy]
    if name == 'simclr':
        a, b = (F.normalize(each, dim=1) for each in z)
        both = torch.cat([a, b])
        cosines = both @ both.T / 0.5 - 1e9 * torch.eye(12)
        base = F.cross_entropy(cosines, torch.arange(12).roll(6)).item()
    else:
        p = [F.normalize(learner.predictor(each), dim=1) for each in z]
        target = [
            F.normalize(learner.neck((mu[-1],)), dim=1) for mu in clean
        ]  # a copy still, and without noise
        base = sum((2 - 2 * (p[i] * target[1 - i]).sum(dim=1)).mean().item() for i in range(2))
    losses = learner.loss(inputs, samples)
    assert losses['own_view'].item() == pytest.approx(bound, rel=1e-6)
    assert losses['loss_own_view'].item() == pytest.approx(-0.7 * bound, rel=1e-6)
    assert total(losses).item() == pytest.approx(base - 0.7 * bound, rel=1e-5)


def test_noise_has_its_deviation_and_differs_between_views_stages_and_steps():
    from mmengine.logging import MessageHub

    learner = build('simclr', backbone=LEVELS, encoder=dict(type='TappedPair', noise=0.5))
    inputs, _ = batch(num=40)
    hub, drawn = MessageHub.get_current_instance(), []
    for iteration in (0, 0, 1):
        hub.update_info('iter', iteration)
        query, _ = learner.encoder(learner, inputs, learner.pairs)
        drawn.append([[a - b for a, b in zip(view.noisy, view.clean)] for view in query['features']])
    hub.update_info('iter', 0)
    first, again, later = drawn
    assert torch.allclose(first[0][2], again[0][2]) and not torch.allclose(first[0][2], later[0][2])
    assert not torch.allclose(first[0][2], first[1][2]) and not torch.allclose(
        first[0][1][:, :8], first[0][0]
    )
    values = torch.cat([x.flatten() for view in first for x in view])
    assert values.std().item() == pytest.approx(0.5, rel=0.05) and abs(values.mean().item()) < 0.03


def test_views_that_go_through_together_are_told_apart():
    inputs, samples = batch()
    together, apart = (
        build('simclr', encoder=dict(type='TappedPair', joint=joint)) for joint in (True, False)
    )
    for learner in (together, apart):
        query, key = learner.encoder(learner, inputs, learner.pairs)
        assert 'features' not in key and len(query['features']) == 2
        for view, features in zip(inputs, query['features']):
            assert torch.equal(features.images, view) and features.clean[0].shape == (6, 32)
    assert total(together.loss(inputs, samples)).item() == pytest.approx(
        total(build('simclr').loss(inputs, samples)).item(), rel=1e-12
    )


def test_evaluation_sees_no_noise():
    learner = build('simclr', encoder=dict(type='TappedPair', noise=5.0)).eval()
    (images,), _ = batch(views=1)
    plain = build('simclr').eval()
    assert torch.equal(learner.features(images), plain.features(images))
    assert torch.equal(learner.embed(images), plain.embed(images))


def test_agreement_is_the_opposite_as_a_control():
    inputs, samples = batch()
    learner = build(
        'simclr', encoder=TAPPED['simclr'], regulariser=dict(type='AgreementHead', loss_weight=0.5)
    )
    h = [learner.backbone(view)[-1].mean(dim=(2, 3)) for view in inputs]
    expected = ((h[0] - h[1]) ** 2).mean().item()
    losses = learner.loss(inputs, samples)
    assert losses['loss_own_view'].item() == pytest.approx(0.5 * expected, rel=1e-9)


def test_own_view_information_spreads_features_and_agreement_brings_them_together():
    inputs, samples = batch(num=8)

    def slope(regulariser):
        """By how much the features' mean squared distance changes in a small step down the term."""
        learner = build('simclr', encoder=dict(TAPPED['simclr'], noise=0.01), regulariser=regulariser)
        learner.eval()
        spread = [
            torch.cdist(x, x).square().mean().item() for x in [learner.backbone(inputs[0])[-1].flatten(1)]
        ]
        loss = learner.loss(inputs, samples)['loss_own_view']
        parameters = list(learner.backbone.parameters())
        for p, g in zip(parameters, torch.autograd.grad(loss, parameters)):
            p.data.sub_(g, alpha=1e-4)
        x = learner.backbone(inputs[0])[-1].flatten(1)
        return torch.cdist(x, x).square().mean().item() - spread[0]

    assert slope(dict(LBE, weights=(1.0,))) > 0 > slope(dict(type='AgreementHead', loss_weight=1.0))


@pytest.mark.parametrize(
    'changes, word',
    [
        (dict(regulariser=RC), 'keeps no features'),
        (dict(encoder=dict(type='TappedPair', noise=-1.0)), 'noise'),
        (dict(encoder=dict(type='TappedPair', chunk_size=2)), 'chunk_size'),
        (dict(regulariser=dict(LBE, scale=0.0)), 'scale'),
        (dict(regulariser=dict(RC, loss_weight=-1.0)), 'loss_weight'),
        (dict(encoder=dict(type='TappedPair'), regulariser=LBE), '3 weights for 1 outputs'),
        (
            dict(encoder=dict(type='TappedPair'), regulariser=dict(RC, decoder=dict(DECODER, start=8))),
            'decoder gives',
        ),
        (dict(regulariser=dict(RC, decoder=dict(DECODER, last_stride=3))), 'last_stride'),
        (dict(regulariser=dict(RC, decoder=dict(DECODER, channels=()))), 'channels'),
        (dict(regulariser=dict(type='MLP', in_channels=1, hidden_channels=1, out_channels=1)), 'regulariser'),
    ],
)
def test_bad_values_get_a_sentence(changes, word):
    inputs, samples = batch()
    with pytest.raises(InputError, match=word):
        build('simclr', **changes).loss(inputs, samples)
