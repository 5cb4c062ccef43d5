"""Views that share draws, and views that are turned."""

import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample

from mmcl.datasets.transforms import MultiView, RandomView, RelatedView
from mmcl.datasets.transforms.batch_view import batch_view
from mmcl.datasets.transforms.cpu_view import render_view
from mmcl.datasets.transforms.device_views import DeviceViews
from mmcl.utils.errors import InputError

from .pictures import picture

FULL = dict(
    size=16,
    crop_scale=(0.2, 1.0),
    jitter=(0.4, 0.4, 0.4, 0.1),
    grey_prob=0.2,
    blur_prob=0.5,
    solarize_prob=0.3,
    rotate=True,
)
COLOUR = ('brightness', 'contrast', 'saturation', 'hue', 'order', 'grey')
PLACE = ('top', 'left', 'height', 'width')
GROUPS = dict(
    crop=PLACE, flip=('flip',), colour=COLOUR, blur=('blur',), solarize=('solarize',), rotation=('turns',)
)


def draws(*views, num=500):
    """Parameters of each view for ``num`` images, as the device's views are drawn."""
    samples = [DataSample(metainfo=dict(view_key=100 + i)) for i in range(num)]
    made = DeviceViews(views).draw(torch.zeros(num, 3, 40, 60), samples)
    return [params for _, params in made]


def equal(one, other, names):
    """Which images have the same values of all of these."""
    return np.stack([(one[n] == other[n]).reshape(len(one[n]), -1).all(1) for n in names]).all(0)


@pytest.mark.parametrize('shared', GROUPS)
def test_what_is_shared_is_equal_and_everything_else_is_drawn_anew(shared):
    query, key, related = draws(RandomView(**FULL), RandomView(**FULL), RelatedView(**FULL, shares=[shared]))
    for group, names in GROUPS.items():
        if group == shared:
            assert equal(query, related, names).all()
        else:  # equal as often as for views that have nothing to do with each other
            assert abs(equal(query, related, names).mean() - equal(query, key, names).mean()) < 0.1
            assert not equal(query, related, names).all()


def test_a_view_that_shares_nothing_is_a_random_view():
    plain, related = (
        draws(RandomView(**FULL), RandomView(**FULL)),
        draws(RandomView(**FULL), RelatedView(**FULL)),
    )
    assert all((a[n] == b[n]).all() for a, b in zip(plain, related) for n in a)


def test_another_view_may_be_the_source():
    first, second, related = draws(
        RandomView(**FULL), RandomView(**FULL), RelatedView(**FULL, shares=['colour'], source=1)
    )
    assert equal(second, related, COLOUR).all() and not equal(first, related, COLOUR).all()


def test_turns_that_differ_are_never_the_sources_and_the_others_equally_frequent():
    query, related = draws(RandomView(**FULL), RelatedView(**FULL, differs=['rotation']), num=6000)
    further = (related['turns'] - query['turns']) % 4
    assert np.bincount(further, minlength=4)[0] == 0
    assert abs(np.bincount(further, minlength=4)[1:] / 6000 - 1 / 3).max() < 0.02
    assert abs(np.bincount(query['turns'], minlength=4) / 6000 - 1 / 4).max() < 0.02


def test_a_pipeline_and_the_device_draw_the_same():
    views = [RandomView(**FULL), RelatedView(**FULL, shares=['colour'], differs=['rotation'])]
    pipeline = MultiView(views)
    for number, device in enumerate(draws(*views, num=4)):
        for i in range(4):
            mine = pipeline._draw(100 + i, 40, 60)[number]
            assert all(np.array_equal(mine[name], device[name][i]) for name in device)


def test_a_turned_view_is_the_view_turned_counter_clockwise():
    recipe, image = RandomView(**FULL), picture()
    params = recipe.draw(np.arange(12), *image.shape[:2])
    upright = {**params, 'turns': np.zeros(12, np.int64)}
    batch = torch.from_numpy(image).permute(2, 0, 1)[None].expand(12, -1, -1, -1)
    turned, views = batch_view(recipe, batch, params), batch_view(recipe, batch, upright)
    for i, turns in enumerate(params['turns']):
        assert torch.equal(turned[i], torch.rot90(views[i], int(turns), (1, 2)))
        one = {name: values[i] for name, values in params.items()}
        seen = render_view(recipe, image, one)
        assert seen.flags['C_CONTIGUOUS']
        assert np.array_equal(seen, np.rot90(render_view(recipe, image, {**one, 'turns': 0}), turns))
    assert len(set(params['turns'])) == 4


def test_turning_leaves_the_other_draws_as_they_are():
    turned, plain = RandomView(**FULL), RandomView(**{**FULL, 'rotate': False})
    mine, theirs = turned.draw(np.arange(50), 40, 60), plain.draw(np.arange(50), 40, 60)
    assert 'turns' not in theirs and all(np.array_equal(mine[name], theirs[name]) for name in theirs)


@pytest.mark.parametrize(
    'wrong',
    [
        dict(shares=['color']),
        dict(shares=['rotation'], rotate=False),
        dict(differs=['colour']),
        dict(differs=['rotation'], rotate=False),
        dict(shares=['rotation'], differs=['rotation']),
    ],
)
def test_wrong_names_get_a_sentence(wrong):
    with pytest.raises(InputError, match='shares'):
        RelatedView(**{**FULL, **wrong})
