"""AMDIM."""

import math

import pytest
import torch

from mmcl.models.encoders import scale_pair
from mmcl.models.heads import MutualInfoHead
from mmcl.registry import MODELS
from mmcl.utils.errors import InputError
from mmcl.utils.step_random import step_generator
from tests.test_models.tiny import batch, build, total

DIRECTIONS = ((0, 1), (1, 0))


@pytest.fixture()
def same_locations(monkeypatch):
    """Both views draw the same locations."""
    monkeypatch.setattr(scale_pair, 'step_generator', lambda name: torch.Generator().manual_seed(3))


def test_loss_is_the_papers_sum_over_scales_and_directions():
    learner = build('amdim', shared_flip=False)
    views, samples = batch(num=4)
    value = total(learner.loss(views, samples)).item()
    maps, expected = [learner.maps(view) for view in views], 0.0
    for s, t in (('1', '5'), ('1', '7'), ('5', '5')):
        for a, b in DIRECTIONS:
            source, target = maps[a][s].flatten(2), maps[b][t].flatten(2)
            drawn = torch.randint(source.shape[2], (4,), generator=step_generator(f'location {s}[{a}]'))
            u = torch.zeros(4, 4, target.shape[2], dtype=torch.float64)
            for i in range(4):
                place = drawn[i] if source.shape[2] > 1 else 0
                for j in range(4):
                    for p in range(target.shape[2]):
                        u[i, j, p] = source[i, :, place] @ target[j, :, p] / 12**0.5
            clipped, terms = 20 * torch.tanh(u / 20), []
            for i in range(4):
                others = sum(clipped[i, j].exp().sum() for j in range(4) if j != i)
                terms += [(x - torch.log(x.exp() + others)) for x in clipped[i, i]]
            expected += 0.5 * (-sum(terms) / len(terms) + 0.04 * u.square().mean()).item()
    assert value == pytest.approx(expected, rel=1e-5)


def test_swapping_the_views_changes_nothing_with_the_same_locations(same_locations):
    (one, other), samples = batch(num=4)
    losses = [total(build('amdim').loss(views, samples)).item() for views in ([one, other], [other, one])]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_scores_of_zero_cost_ln_of_the_candidates_and_no_penalty():
    head = MutualInfoHead('infonce', scaled=True, clip=20.0, penalty=0.04)
    terms = head(torch.zeros(4, 6), torch.randn(4, 6, 5, 5))
    assert terms['loss'].item() == pytest.approx(math.log(1 + 3 * 25), abs=1e-5)
    assert terms['chance'].item() == pytest.approx(math.log(1 + 3 * 25), abs=1e-5)


def test_the_clip_bounds_scores_and_leaves_small_ones():
    target = torch.tensor([[1.0], [-1.0]])[..., None, None]
    head, free = MutualInfoHead('nwj', clip=2.0), MutualInfoHead('nwj')
    bound = head(torch.tensor([[1e4], [-1e4]]), target)['bound']  # u = 1e4 on pairs, -1e4 elsewhere
    assert bound.item() == pytest.approx(2 - math.exp(-3), abs=1e-5)
    small = torch.tensor([[1e-2], [2e-2]])
    assert head(small, target)['bound'].item() == pytest.approx(free(small, target)['bound'].item(), abs=1e-6)


def test_the_penalty_is_on_scores_before_the_clip():
    target = torch.tensor([[1.0], [-1.0]])[..., None, None]
    source = torch.tensor([[50.0], [-50.0]])
    losses = [
        MutualInfoHead('infonce', clip=2.0, penalty=p)(source, target)['loss'].item() for p in (0, 0.04)
    ]
    assert losses[1] - losses[0] == pytest.approx(0.04 * 2500, rel=1e-6)


@pytest.mark.parametrize('size, channels', [(32, 8), (64, 16), (128, 16)])
def test_the_papers_encoder_has_maps_of_7_5_and_1(size, channels):
    backbone = MODELS.build(
        dict(type='AMDIMEncoder', size=size, width=2, depth=2, out_channels=16, norm_cfg=dict(type='BN'))
    )
    backbone.init_weights()
    by_7, by_5, by_1 = backbone(torch.randn(2, 3, size, size))
    assert by_7.shape == (2, channels, 7, 7) and by_5.shape == (2, channels, 5, 5)
    assert by_1.shape == (2, 16, 1, 1)


def test_a_location_of_the_papers_encoder_does_not_see_the_far_side_of_the_image():
    backbone = MODELS.build(dict(type='AMDIMEncoder', size=32, width=2, depth=2, out_channels=8))
    image = torch.randn(1, 3, 32, 32, requires_grad=True)
    by_7 = backbone.to_7x7(image)
    seen = torch.autograd.grad(by_7[0, :, 0, 0].sum(), image)[0].abs().sum(dim=(0, 1))
    assert seen[:8, :8].any() and not seen[8:].any() and not seen[:, 8:].any()


def test_units_start_as_their_skip():
    backbone = MODELS.build(dict(type='AMDIMEncoder', size=32, width=2, depth=3, out_channels=8))
    backbone.init_weights()
    x = torch.randn(1, 8, 7, 7)
    assert torch.allclose(backbone.to_5x5(x), torch.nn.functional.avg_pool2d(x, 3, 1))


def test_both_views_of_an_image_are_flipped_alike_and_by_its_key():
    learner = build('amdim')
    views, samples = batch(num=6)
    flipped = learner.prepare(views, samples)
    which = [[torch.equal(f[i], v[i].flip(2)) for i in range(6)] for f, v in zip(flipped, views)]
    kept = [[torch.equal(f[i], v[i]) for i in range(6)] for f, v in zip(flipped, views)]
    assert which[0] == which[1] and 0 < sum(which[0]) < 6
    assert [not flip for flip in which[0]] == kept[0]
    for sample in samples:
        sample.set_metainfo(dict(view_key=sample.view_key + 1000))
    assert any(not torch.equal(*pair) for pair in zip(learner.prepare(views, samples)[0], flipped[0]))


def test_a_source_larger_than_one_location_is_another_random_one_in_each_image():
    learner = build('amdim', tasks=[('7', '5')], shared_flip=False)
    views, samples = batch(num=6)
    queries, _ = learner.encoder(learner, views, learner.pairs)
    locations = learner.maps(views[0])['7'].flatten(2)
    (query,) = [q for place, q in queries.items() if place.view == 0]
    found = [int((locations[i] - query[i][:, None]).abs().sum(0).argmin()) for i in range(6)]
    assert len(set(found)) > 1
    assert all(torch.allclose(locations[i, :, p], query[i], atol=1e-6) for i, p in enumerate(found))


def test_samples_without_a_key_are_refused():
    views, samples = batch()
    for sample in samples:
        sample.pop('view_key')
    with pytest.raises(InputError, match='view_key'):
        build('amdim').loss(views, samples)


def test_one_view_is_refused():
    with pytest.raises(InputError, match='2 views'):
        build('amdim').loss(*batch(views=1))


def test_one_view_one_task_and_plain_scores_are_deep_infomax():
    same = dict(
        head=dict(type='MutualInfoHead', estimator='infonce'), tasks=[('1', '7')], view_pairs=[(0, 0)]
    )
    (images,), samples = batch(views=1)
    losses = [
        total(build('amdim', type=kind, **same, **extra).loss([images], samples)).item()
        for kind, extra in (('AMDIM', dict(shared_flip=False)), ('DeepInfoMax', {}))
    ]
    assert losses[0] == losses[1]
