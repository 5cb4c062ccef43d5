"""CLAE."""

import copy

import pytest
import torch
import torch.nn.functional as F
from torch.nn.modules.batchnorm import _BatchNorm

from mmcl.utils.errors import InputError
from tests.test_models.tiny import BACKBONE, batch, build, total

PLAIN = dict(pairs=[(0, 1)], negatives=dict(type='BatchNegatives', views='key'))
SPREADING = dict(
    encoder=dict(type='TwinPair', stop_gradient=True), head=dict(type='SpreadingHead', temperature=0.5)
)


def norms(learner):
    return [
        m for part in (learner.backbone, learner.neck) for m in part.modules() if isinstance(m, _BatchNorm)
    ]


def learner_with_other_twins(**changes):
    """A learner whose twins have drifted from the norms beside them."""
    learner = build('clae', **changes)
    with torch.no_grad():
        for twin in learner.encoder.twins:
            twin.weight.uniform_(0.5, 1.5)
            twin.bias.normal_(std=0.2)
    return learner


def attacked_network(learner):
    """The network with its twins built in, as a network of its own."""
    network = copy.deepcopy(learner)
    for norm, twin in zip(norms(network), learner.encoder.twins):
        norm.load_state_dict(twin.state_dict())
    return network


def nt_xent(a, b, temperature=0.5):
    """SimCLR's loss over 2B anchors, an anchor at a time, with gradient."""
    z, losses = torch.cat([a, b]), []
    for i in range(len(z)):
        logits = torch.stack([z[i] @ z[k] / temperature for k in range(len(z)) if k != i])
        positive = z[i] @ z[(i + len(a)) % len(z)] / temperature
        losses.append(torch.logsumexp(logits, 0) - positive)
    return torch.stack(losses).mean()


def code(network, images):
    return F.normalize(network.project(images), dim=1)


def slow_attack(learner, images, loss=nt_xent):
    network, moved = attacked_network(learner), images.clone().requires_grad_()
    (gradient,) = torch.autograd.grad(loss(code(network, images).detach(), code(network, moved)), moved)
    return images + learner.eps * gradient.sign(), gradient


def test_loss_and_gradients_are_those_of_the_algorithm_written_out():
    learner = learner_with_other_twins()
    (v, other), samples = batch()
    reference = copy.deepcopy(learner)
    network = attacked_network(reference)
    moved, _ = slow_attack(reference, v)
    clean = nt_xent(code(reference, v), code(reference, other))
    hard = nt_xent(code(reference, v), code(network, moved))
    (clean + 0.5 * hard).backward()
    losses = learner.loss([v, other], samples)
    total(losses).backward()
    assert total(losses).item() == pytest.approx((clean + 0.5 * hard).item(), abs=1e-6)
    assert (losses['loss_0to1'] + losses['loss_1to0']).item() == pytest.approx(clean.item(), abs=1e-6)
    own, hard = (dict(each.named_parameters()) for each in (reference, network))
    for name, parameter in learner.named_parameters():
        if name.startswith('encoder.'):
            continue
        expected = own[name].grad + (0 if is_norm(name) else hard[name].grad)
        assert torch.allclose(parameter.grad, expected, atol=1e-6), name
    for twin, norm in zip(learner.encoder.twins, norms(network)):
        assert torch.allclose(twin.weight.grad, norm.weight.grad, atol=1e-6)
        assert torch.allclose(twin.bias.grad, norm.bias.grad, atol=1e-6)


def is_norm(name):
    return any(part in name for part in ('bn', 'downsample.1', 'layers.1'))


def test_the_moved_view_is_the_signed_gradient_step_of_the_written_out_loss():
    learner = learner_with_other_twins()
    (v, _), samples = batch()
    expected, gradient = slow_attack(learner, v)
    moved = learner.attack(v, samples)
    assert torch.allclose(moved, expected, atol=1e-12)
    assert torch.allclose((moved - v).abs()[gradient != 0], torch.tensor(0.1, dtype=v.dtype), atol=1e-12)
    assert not moved.requires_grad


def test_an_attack_leaves_no_gradient_and_no_clean_statistics_behind():
    learner = build('clae')
    (v, _), samples = batch()
    before = copy.deepcopy(learner.backbone.state_dict())
    learner.attack(v, samples)
    assert all(p.grad is None for p in learner.parameters())
    after = learner.backbone.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)
    assert int(learner.encoder.twins[0].num_batches_tracked) == 1


def test_moved_views_raise_the_loss_more_than_random_ones_of_the_same_size():
    learner = build('clae', eps=0.01)
    for twin in learner.encoder.twins:  # frozen statistics: what moves is the image
        twin.eval()
    (v, _), samples = batch(num=12)
    network = attacked_network(learner)
    base = nt_xent(code(network, v), code(network, v)).item()
    attacked = nt_xent(code(network, v), code(network, learner.attack(v, samples))).item()
    random = [
        nt_xent(code(network, v), code(network, v + 0.01 * torch.randn_like(v).sign())).item()
        for _ in range(5)
    ]
    assert attacked > base and attacked > max(random)


def test_without_a_step_the_second_term_compares_the_view_with_itself():
    learner = build('clae', eps=0.0, alpha=1.0)
    (v, other), samples = batch()
    losses = learner.loss([v, other], samples)
    z = code(build('clae'), v)
    second = (losses['loss_0to2'] + losses['loss_2to0']).item()
    assert second == pytest.approx(nt_xent(z, z).item(), abs=1e-6)


def test_without_weight_it_is_simclr_bit_for_bit():
    inputs, samples = batch()
    learner = build('clae', alpha=0.0)
    simclr = build('simclr', encoder=dict(type='SharedPair', joint=False))
    losses, expected = total(learner.loss(inputs, samples)), total(simclr.loss(inputs, samples))
    losses.backward()
    expected.backward()
    assert losses.item() == pytest.approx(expected.item(), abs=1e-12)
    for mine, theirs in zip(learner.backbone.parameters(), simclr.backbone.parameters()):
        assert torch.allclose(mine.grad, theirs.grad, atol=1e-12)
    for mine, theirs in zip(learner.backbone.buffers(), simclr.backbone.buffers()):
        assert torch.equal(mine, theirs)  # twins keep the clean statistics clean


def test_plain_variant_is_the_authors_cross_entropy_over_rows():
    learner = learner_with_other_twins(**PLAIN)
    (v, other), samples = batch()

    def rows(a, b):
        return F.cross_entropy(a @ b.T / 0.5, torch.arange(len(a)))

    moved, _ = slow_attack(learner, v, rows)
    network = attacked_network(learner)
    z, z_other, z_moved = code(learner, v), code(learner, other), code(network, moved)
    expected = rows(z, z_other) + 0.5 * rows(z, z_moved)
    assert total(learner.loss([v, other], samples)).item() == pytest.approx(expected.item(), abs=1e-6)


def test_spreading_variant_moves_the_anchor_against_fixed_keys():
    learner = learner_with_other_twins(**SPREADING)
    (v, other), samples = batch()

    def spreading(a, b):  # BatchCriterion: the second factor of each product is a number
        z, fixed, losses = torch.cat([a, b]), torch.cat([a, b]).detach(), []
        for i in range(len(z)):
            others = [k for k in range(len(z)) if k != i]
            p = (z[i] @ fixed[others].T / 0.5).softmax(0)
            positive = others.index((i + len(a)) % len(z))
            rest = torch.cat([p[:positive], p[positive + 1 :]])
            losses.append(-p[positive].log() - (1 - rest).log().sum())
        return torch.stack(losses).mean()

    expected, _ = slow_attack(learner, v, spreading)
    assert torch.allclose(learner.attack(v, samples), expected, atol=1e-12)
    assert total(learner.loss([v, other], samples)).isfinite()


def test_twins_stay_out_of_the_network_and_its_checkpoint():
    learner = learner_with_other_twins()
    inputs, samples = batch()
    before = [norm for norm in norms(learner)]
    learner.loss(inputs, samples)
    assert all(a is b for a, b in zip(before, norms(learner)))
    plain = build('simclr')
    assert set(learner.backbone.state_dict()) == set(plain.backbone.state_dict())
    assert len(learner.encoder.twins) == len(norms(learner))
    learner.eval()
    plain.load_state_dict({k: v for k, v in learner.state_dict().items() if not k.startswith('encoder.')})
    assert torch.equal(learner.features(inputs[0]), plain.eval().features(inputs[0]))


def test_twins_start_as_the_norms_beside_them_even_where_those_start_at_zero():
    learner = build('clae', backbone={**BACKBONE, 'zero_init_residual': True})
    zeros = 0
    for norm, twin in zip(norms(learner), learner.encoder.twins):
        assert torch.equal(norm.weight, twin.weight) and twin.momentum == 0.01
        zeros += bool((twin.weight == 0).all())
    assert zeros == 8


@pytest.mark.parametrize(
    'changes, word',
    [
        (dict(eps=-1.0), 'eps'),
        (dict(alpha=-1.0), 'alpha'),
        (dict(encoder=dict(type='SharedPair')), 'TwinPair'),
        (dict(encoder=dict(type='TwinPair', views=(1,))), 'TwinPair'),
        (dict(encoder=dict(type='TwinPair', bn_momentum=0.0)), 'momentum'),
        (dict(encoder=dict(type='TwinPair', chunk_size=2)), 'chunk_size'),
        (dict(pairs=[(1, 2)]), 'view 0'),
    ],
)
def test_bad_values_get_a_sentence(changes, word):
    with pytest.raises(InputError, match=word):
        build('clae', **changes)


def test_too_few_views_and_activation_checkpointing_get_a_sentence():
    from mmcl.engine.activation_checkpointing import checkpoint_activations

    learner = build('clae')
    inputs, samples = batch()
    with pytest.raises(InputError, match='given 1 view'):
        learner.loss(inputs[:1], samples)
    checkpoint_activations(learner, 'backbone.layer1')
    with pytest.raises(InputError, match='activation_checkpointing'):
        learner.loss(inputs, samples)
