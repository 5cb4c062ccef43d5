"""LoCo."""

import copy

import pytest
import torch
import torch.nn.functional as F

from mmcl.registry import MODELS
from mmcl.utils.errors import InputError
from tests.test_models.tiny import BACKBONE, NECK, batch, build, total

GREEDY = ((0, 0), (1, 1), (2, 2), (3, 3))
LOCO = ((0, 1), (1, 2), (2, 3))
STAGES = ('conv1', 'layer1', 'layer2', 'layer3', 'layer4')


def network(units=LOCO, **changes):
    torch.manual_seed(0)
    cfg = {**BACKBONE, 'type': 'LocalResNet_CIFAR', 'units': units, **changes}
    backbone = MODELS.build(cfg)
    backbone.init_weights()
    return backbone.double()


def plain(backbone, **changes):
    """MMPretrain's network with the same weights."""
    other = MODELS.build({**BACKBONE, 'out_indices': backbone.out_indices, **changes}).double()
    other.load_state_dict(backbone.state_dict())
    return other


def reached(backbone, output):
    """Which parts a unit's output sends gradient to."""
    grads = torch.autograd.grad(output.square().sum(), list(backbone.parameters()), allow_unused=True)
    names = [name.split('.')[0] for name, _ in backbone.named_parameters()]
    return {name for name, grad in zip(names, grads) if grad is not None and grad.abs().max() > 0} & set(
        STAGES
    )


@pytest.mark.parametrize(
    'units, expected',
    [
        (LOCO, [{'conv1', 'layer1', 'layer2'}, {'layer2', 'layer3'}, {'layer3', 'layer4'}]),
        (GREEDY, [{'conv1', 'layer1'}, {'layer2'}, {'layer3'}, {'layer4'}]),
        (((0, 3),), [set(STAGES)]),
        (((0, 2), (1, 3)), [{'conv1', 'layer1', 'layer2', 'layer3'}, {'layer2', 'layer3', 'layer4'}]),
    ],
)
def test_gradient_of_a_units_output_reaches_its_own_stages_alone(units, expected):
    backbone = network(units)
    (images,), _ = batch(views=1)
    assert [reached(backbone, output) for output in backbone(images)] == expected


@pytest.mark.parametrize('kind', ['LocalResNet', 'LocalResNet_CIFAR'])
@pytest.mark.parametrize('units', [LOCO, GREEDY])
def test_outputs_and_statistics_are_those_of_the_network_from_end_to_end(units, kind):
    backbone = network(units, type=kind)
    other = plain(backbone, type=kind.removeprefix('Local'))
    (images,), _ = batch(views=1, size=32)
    assert all(torch.equal(a, b) for a, b in zip(backbone(images), other(images), strict=True))
    for mine, theirs in zip(backbone.buffers(), other.buffers()):
        assert torch.equal(mine, theirs)  # the second run of a shared stage does not count
    backbone.eval(), other.eval()
    with torch.no_grad():
        assert all(torch.equal(a, b) for a, b in zip(backbone(images), other(images), strict=True))


def test_gradient_of_a_shared_stage_is_the_sum_of_both_units():
    backbone = network()
    (images,), _ = batch(views=1)
    outputs = backbone(images)
    weight = backbone.layer2[0].conv1.weight
    (low,) = torch.autograd.grad(outputs[0].square().sum(), weight, retain_graph=True)
    (high,) = torch.autograd.grad(outputs[1].square().sum(), weight, retain_graph=True)
    sum(output.square().sum() for output in outputs).backward()
    assert low.abs().max() > 0 and high.abs().max() > 0
    assert torch.allclose(weight.grad, low + high, atol=1e-12)


def nt_xent(a, b, temperature=0.5):
    """SimCLR's loss over 2B anchors, an anchor at a time, with gradient."""
    z, losses = F.normalize(torch.cat([a, b]), dim=1), []
    for i in range(len(z)):
        logits = torch.stack([z[i] @ z[k] / temperature for k in range(len(z)) if k != i])
        losses.append(torch.logsumexp(logits, 0) - z[i] @ z[(i + len(a)) % len(z)] / temperature)
    return torch.stack(losses).mean()


def test_loss_and_gradients_are_those_of_units_trained_one_by_one():
    learner = build('loco')
    inputs, samples = batch()
    reference, expected = copy.deepcopy(learner), 0.0
    for unit, (first, last) in enumerate(LOCO):
        net = reference.backbone
        with torch.no_grad():  # what the unit is given
            x = torch.cat(inputs)
            if first:
                x = net.norm1(net.conv1(x)).relu()
                for stage in range(1, first + 1):
                    x = getattr(net, f'layer{stage}')(x)
        if not first:
            x = net.norm1(net.conv1(x)).relu()
        for stage in range(first + 1, last + 2):
            x = getattr(net, f'layer{stage}')(x)
        loss = nt_xent(*reference.neck.necks[unit]((x,)).chunk(2))
        loss.backward()  # adds up, unit by unit
        expected += loss.item()
    losses = learner.loss(inputs, samples)
    total(losses).backward()
    assert total(losses).item() == pytest.approx(expected, abs=1e-6)
    for (name, mine), theirs in zip(learner.named_parameters(), reference.parameters()):
        assert torch.allclose(mine.grad, theirs.grad, atol=1e-6), name


def test_one_unit_is_simclr():
    inputs, samples = batch()
    one = dict(
        backbone={**BACKBONE, 'type': 'LocalResNet_CIFAR', 'units': [(0, 3)]},
        neck=dict(type='SpaceNecks', necks=[NECK]),
    )
    learner, simclr = build('loco', **one), build('simclr')
    losses, expected = learner.loss(inputs, samples), simclr.loss(inputs, samples)
    total(losses).backward()
    total(expected).backward()
    assert losses['loss_0to1'].item() == pytest.approx(expected['loss_0to1'].item(), rel=1e-12)
    for mine, theirs in zip(learner.parameters(), simclr.parameters(), strict=True):
        assert torch.allclose(mine.grad, theirs.grad, atol=1e-12, rtol=1e-9)
    assert torch.allclose(learner.eval().embed(inputs[0]), simclr.eval().embed(inputs[0]), atol=1e-12)


def test_the_log_tells_each_units_loss_and_evaluation_sees_the_last_stage():
    learner = build('loco')
    inputs, samples = batch()
    losses = learner.loss(inputs, samples)
    shares = [losses[f'space{unit}'].item() for unit in range(3)]
    assert sum(shares) == pytest.approx(total(losses).item(), abs=1e-9)
    assert losses['vs_chance'].item() == pytest.approx(
        sum(shares) / 3 / torch.tensor(11.0).log().item(), rel=1e-5
    )
    learner.eval()
    assert learner.features(inputs[0]).shape == (6, 32) and learner.embed(inputs[0]).shape == (6, 8)


@pytest.mark.parametrize(
    'units',
    [
        [],
        [(0, 1)],
        [(1, 3)],
        [(0, 0), (2, 3)],
        [(0, 2), (0, 3)],
        [(0, 3), (1, 3)],
        [(0, 1), (1, 4)],
        [(0, 1), (3, 2)],
    ],
)
def test_units_that_leave_a_stage_out_get_a_sentence(units):
    with pytest.raises(InputError, match='units'):
        network(units)


def test_necks_of_another_number_or_width_get_a_sentence():
    inputs, samples = batch()
    with pytest.raises(InputError, match='3 outputs to the necks of 2 spaces'):
        build('loco', neck=dict(type='SpaceNecks', necks=[{**NECK, 'in_channels': w} for w in (8, 16)])).loss(
            inputs, samples
        )
    with pytest.raises(InputError, match='one width'):
        build('loco', neck=dict(type='SpaceNecks', necks=[NECK, {**NECK, 'out_channels': 4}]))
