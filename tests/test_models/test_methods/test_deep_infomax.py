"""Deep InfoMax."""

import math

import pytest
import torch

from mmcl.registry import MODELS
from mmcl.utils.errors import InputError
from tests.test_models.tiny import METHODS, NECK, batch, build, total

GLOBAL = dict(level='neck', neck=dict(type='LocalNeck', in_channels=8, out_channels=12))


def mean(values):
    return sum(values) / len(values)


def scores_of(learner, images):
    """u[n][m][p] as nested lists, from the learner's maps."""
    maps = learner.maps(images)
    vectors, local = maps['vector'][:, :, 0, 0].tolist(), maps['local'].flatten(2).tolist()
    dims, locations = range(len(vectors[0])), range(len(local[0][0]))
    return [[[sum(v[d] * m[d][p] for d in dims) for p in locations] for m in local] for v in vectors]


def slow_jsd(u):
    images = range(len(u))
    positive = mean([math.log(2) - math.log1p(math.exp(-x)) for n in images for x in u[n][n]])
    negative = mean(
        [math.log1p(math.exp(x)) - math.log(2) for n in images for m in images if n != m for x in u[n][m]]
    )
    return negative - positive


def slow_nce(u):
    images, terms = range(len(u)), []
    for n in images:
        others = sum(math.exp(x) for m in images if m != n for x in u[n][m])
        terms += [-math.log(math.exp(x) / (math.exp(x) + others)) for x in u[n][n]]
    return mean(terms)


def slow_dv(u):
    images = range(len(u))
    others = [math.exp(x) for n in images for m in images if m != n for x in u[n][m]]
    return math.log(mean(others)) - mean([x for n in images for x in u[n][n]])


@pytest.mark.parametrize('estimator, slow', [('jsd', slow_jsd), ('infonce', slow_nce), ('dv', slow_dv)])
def test_loss_is_the_papers_sum_over_images_and_locations(estimator, slow):
    learner = build('deep_infomax', head=dict(type='MutualInfoHead', estimator=estimator), prior=None)
    images, samples = batch(num=4, views=1)
    losses = learner.loss(images, samples)
    assert set(k for k in losses if 'loss' in k) == {'loss_vector[0]tolocal[0]'}
    assert total(losses).item() == pytest.approx(slow(scores_of(learner, images[0])), rel=1e-5)


@pytest.mark.parametrize(
    'estimator, expected', [('jsd', 0.0), ('infonce', math.log(1 + 3 * 16)), ('dv', 0.0)]
)
def test_scores_of_zero_cost_what_knowing_nothing_costs(estimator, expected):
    learner = build('deep_infomax', head=dict(type='MutualInfoHead', estimator=estimator), prior=None)
    for parameter in learner.map_necks['local'].norm.parameters():
        torch.nn.init.zeros_(parameter)
    losses = learner.loss(*batch(num=4, views=1))
    assert total(losses).item() == pytest.approx(expected, abs=1e-6)
    if estimator == 'infonce':
        assert losses['vs_chance'].item() == pytest.approx(1, abs=1e-6)


def test_order_of_images_changes_nothing():
    order = torch.tensor([2, 0, 3, 1])
    (images,), samples = batch(num=4, views=1)
    one = total(build('deep_infomax', prior=None).loss([images], samples))
    other = total(build('deep_infomax', prior=None).loss([images[order]], [samples[i] for i in order]))
    assert one.item() == pytest.approx(other.item(), rel=1e-6)


def test_one_tensor_is_one_view():
    (images,), samples = batch(num=4, views=1)
    assert total(build('deep_infomax').loss(images, samples)) == total(
        build('deep_infomax').loss([images], samples)
    )


def test_a_single_image_is_refused_instead_of_giving_nan():
    learner = build('deep_infomax').eval()
    with pytest.raises(InputError, match='batch_size'):
        learner.loss(*batch(num=1, views=1))


def test_weights_scale_the_local_and_the_global_objective():
    maps = {
        'local': dict(level=0, neck=dict(type='LocalNeck', in_channels=8, out_channels=12)),
        'vector': GLOBAL,
        'whole': dict(
            level=0, neck=dict(type='MapSummary', in_channels=8, size=4, hidden_channels=8, out_channels=12)
        ),
        'vector for whole': GLOBAL,
    }
    tasks = [('vector', 'local'), ('vector for whole', 'whole')]
    losses = [
        build('deep_infomax', maps=maps, tasks=tasks, weights=weights, prior=None).loss(
            *batch(num=4, views=1)
        )
        for weights in ([1, 1], [0.5, 2])
    ]
    for name, weight in (('loss_vector[0]tolocal[0]', 0.5), ('loss_vector for whole[0]towhole[0]', 2)):
        assert losses[1][name].item() == pytest.approx(weight * losses[0][name].item(), rel=1e-6)


def with_coordinates(**changes):
    maps = {**METHODS['deep_infomax']['maps'], 'places': dict(level=0)}
    coordinates = dict(type='CoordinateHead', in_channels=8 + 8, size=4, **changes)
    return build('deep_infomax', maps=maps, coordinates=coordinates, prior=None)


def test_coordinates_cost_the_mean_cross_entropies_of_row_and_column_over_places():
    learner = with_coordinates(loss_weight=0.5).eval()
    (images,), samples = batch(num=3, views=1)
    losses = learner.loss([images], samples)
    outputs = learner.backbone(images)
    vectors, network = learner.neck(outputs), learner.coordinates.network
    terms, right = [], []
    for n in range(3):
        for row in range(4):
            for column in range(4):
                seen = torch.cat([outputs[0][n, :, row, column], vectors[n]])[None, :, None, None]
                logits = network(seen)[0, :, 0, 0].tolist()
                for part, place in ((logits[:4], row), (logits[4:], column)):
                    terms.append(math.log(sum(map(math.exp, part))) - part[place])
                    right.append(part.index(max(part)) == place)
    assert losses['loss_coordinates'].item() == pytest.approx(0.5 * 2 * mean(terms), rel=1e-6)
    assert losses['coordinates_hits'].item() == pytest.approx(mean(right))
    for parameter in network.norm.parameters():
        torch.nn.init.zeros_(parameter)  # all logits equal
    losses = learner.loss([images], samples)
    assert losses['loss_coordinates'].item() == pytest.approx(0.5 * 2 * math.log(4), rel=1e-6)
    assert losses['coordinates_vs_chance'].item() == pytest.approx(1, rel=1e-6)


def test_coordinates_change_nothing_else_and_teach_the_network():
    inputs, samples = batch(num=4, views=1)
    learner = with_coordinates()
    plain = build('deep_infomax', prior=None)
    plain.load_state_dict({k: v for k, v in learner.state_dict().items() if not k.startswith('coordinates')})
    name = 'loss_vector[0]tolocal[0]'
    losses = learner.loss(inputs, samples)
    assert losses[name].item() == plain.loss(inputs, samples)[name].item()
    losses['loss_coordinates'].backward()
    assert learner.backbone.conv1.weight.grad.any() and learner.neck.layers[0].weight.grad.any()


def test_coordinates_without_their_map_or_of_another_size_are_refused():
    head = dict(type='CoordinateHead', in_channels=16, size=4)
    with pytest.raises(InputError, match='places'):
        build('deep_infomax', coordinates=head)
    maps = {**METHODS['deep_infomax']['maps'], 'places': dict(level=0)}
    learner = build('deep_infomax', maps=maps, coordinates={**head, 'size': 3})
    with pytest.raises(InputError, match='size=3 and was given a map of .4, 4.'):
        learner.loss(*batch(num=4, views=1))
    with pytest.raises(InputError, match='size=1'):
        build('deep_infomax', maps=maps, coordinates={**head, 'size': 1})


def test_both_paths_carry_gradient_to_the_network():
    for frozen in ('local', 'vector'):
        learner = build('deep_infomax', prior=None)
        (images,), _ = batch(num=4, views=1)
        maps = {k: v.detach() if k == frozen else v for k, v in learner.maps(images).items()}
        learner.head(maps['vector'].flatten(1), maps['local'])['loss'].backward()
        assert learner.backbone.conv1.weight.grad.abs().sum() > 0


def test_features_come_from_the_backbones_last_map_and_embeddings_from_the_neck():
    learner = build('deep_infomax').eval()
    (images,), _ = batch(num=4, views=1)
    last = learner.backbone(images)[-1].mean(dim=(2, 3))
    torch.testing.assert_close(
        learner.features(images), torch.nn.functional.normalize(last, dim=1), rtol=1e-6, atol=1e-7
    )
    assert learner.embed(images).shape == (4, 8)


@pytest.mark.parametrize('num_layers, side', [(3, 32), (4, 64)])
def test_the_papers_encoder_has_its_maps(num_layers, side):
    backbone = MODELS.build(
        dict(type='DIMConvNet', num_layers=num_layers, base_channels=4, norm_cfg=dict(type='BN'))
    )
    local, last = backbone(torch.zeros(2, 3, side, side))
    assert local.shape == (2, 8, side // 4, side // 4) and last.shape == (2, 4 * 2 ** (num_layers - 1), 4, 4)
    flat = {**NECK, 'type': 'FlatMLP', 'in_channels': last[0].numel()}
    assert MODELS.build(flat)((local, last)).shape == (2, 8)


@pytest.mark.parametrize(
    'changes, message',
    [(dict(tasks=[('vector', 'lokal')]), 'lokal'), (dict(weights=[1, 2]), '2 weights for 1 tasks')],
)
def test_wrong_tasks_and_weights_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        build('deep_infomax', **changes)


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(neck=None, prior=None), "map vector=.*'neck'.*a level"),
        (dict(neck=None, maps=dict(local=dict(level=0), vector=dict(level=1))), 'a prior and no neck'),
        (dict(maps=dict(local={}, vector=dict(level='neck'))), 'map local={}.*a level'),
    ],
)
def test_parts_that_need_a_neck_or_a_level_say_so_when_they_are_built(changes, message):
    with pytest.raises(InputError, match=message):
        build('deep_infomax', **changes)
