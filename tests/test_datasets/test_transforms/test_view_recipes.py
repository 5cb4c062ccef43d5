"""View files: what they draw."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image, ImageEnhance, ImageOps

from mmcl.datasets.transforms import InfoMinAugment, RandomView
from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import InputError
from tests.test_datasets.test_transforms.pictures import picture

VIEWS = Path(__file__).resolve().parents[3] / 'configs' / '_base_' / 'views'
COLOURS = dict(brightness=1, contrast=1, saturation=1, hue=0, grey=False, blur=0, solarize=False)


def views(name):
    return Config.fromfile(VIEWS / f'{name}.py')


def draws(view, num=200):
    kind = RandomView(**{key: value for key, value in view.items() if key != 'type'})
    return kind.draw(np.arange(num), 300, 400)


def untouched(drawn):
    return all((drawn[name] == neutral).all() for name, neutral in COLOURS.items())


def test_geometry_leaves_colours_and_crops_and_mirrors():
    for view in views('geometry').geometry_views:
        drawn = draws(view)
        assert untouched(drawn)
        assert len(np.unique(drawn['height'])) > 50 and 0.3 < drawn['flip'].mean() < 0.7


def test_colour_takes_the_central_square_and_changes_colours():
    for view in views('colour').colour_views:
        drawn = draws(view)
        assert (drawn['height'] == 300).all() and (drawn['width'] == 300).all()
        assert (drawn['top'] == 0).all() and (drawn['left'] == 50).all() and not drawn['flip'].any()
        assert len(np.unique(drawn['brightness'])) > 100 and drawn['grey'].any() and drawn['blur'].any()


def test_the_one_sided_pair_differs_in_colours_alone():
    plain, coloured = views('one_sided').one_sided_views
    assert untouched(draws(plain))
    one, other = draws(plain), draws(coloured)
    for name in ('top', 'left', 'height', 'width', 'flip'):
        assert (one[name] == other[name]).all()
    assert len(np.unique(other['brightness'])) > 100 and other['grey'].any() and other['blur'].any()


def operation(kind, direction=None):
    """InfoMin's operation of this type, at magnitude 10 and without the channel swaps around it."""
    found = InfoMinAugment(magnitude_std=0, prob=1).operations.transforms
    return next(
        op for op in found if type(op).__name__ == kind and getattr(op, 'direction', None) == direction
    )


def apply(transform, image):
    return transform(dict(img=image.copy()))['img']


@pytest.mark.parametrize(
    'kind, expected',
    [
        ('ColorTransform', lambda image: ImageEnhance.Color(image).enhance(1.9)),
        ('Contrast', lambda image: ImageEnhance.Contrast(image).enhance(1.9)),
        ('Brightness', lambda image: ImageEnhance.Brightness(image).enhance(1.9)),
        ('Posterize', lambda image: ImageOps.posterize(image, 4)),
        ('Invert', ImageOps.invert),
        ('Solarize', lambda image: image),  # from 256 up
    ],
)
def test_infomins_operations_are_pillows_at_the_recipes_magnitude(kind, expected):
    image = picture()
    found = apply(operation(kind), image[..., ::-1])[..., ::-1]  # it takes BGR
    wanted = np.asarray(expected(Image.fromarray(image)))
    assert np.abs(found.astype(int) - wanted).max() <= 2


def test_posterising_keeps_fewer_bits_at_a_lower_magnitude():
    posterise = operation('Posterize')
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16, 1).repeat(3, 2)
    for magnitude, bits in ((10, 4), (9.9, 3), (7.6, 3), (7.4, 2)):
        posterise.magnitude_level = magnitude
        assert len(np.unique(apply(posterise, ramp))) == 2**bits


def test_without_probability_infomins_augmentation_is_the_identity_and_with_it_changes_most_images():
    image = picture()
    never, always = InfoMinAugment(prob=0), InfoMinAugment(prob=1)
    for seed in range(20):
        np.random.seed(seed)
        assert np.array_equal(apply(never, image), image)
    changed = [not np.array_equal(apply(always, image), image) for _ in range(40)]
    assert sum(changed) > 25  # twice solarising from 256 up, say, changes nothing


def test_infomin_swaps_channels_around_its_operations():
    augment = InfoMinAugment(num_operations=1, magnitude_std=0, prob=1)
    augment.operations.transforms = [operation('ColorTransform')] * len(augment.operations.transforms)
    image = picture()
    expected = np.asarray(ImageEnhance.Color(Image.fromarray(image)).enhance(1.9))
    assert np.abs(apply(augment, image).astype(int) - expected).max() <= 2


def test_translation_is_up_to_45_percent_and_filled_with_the_mean_colour():
    image = np.zeros((100, 100, 3), np.uint8)
    moved = apply(operation('Translate', 'horizontal'), image)
    filled = (moved == (104, 116, 124)).all(2).sum(1)  # BGR here
    assert set(filled) <= {44, 45, 46}


def test_infomin_has_fifteen_operations_each_with_both_interpolations():
    names = [
        (type(op).__name__, getattr(op, 'direction', None)) for op in InfoMinAugment().operations.transforms
    ]
    assert len(names) == 30 and len(set(names)) == 15 and all(names.count(name) == 2 for name in names)
    ways = [op.interpolation for op in InfoMinAugment().operations.transforms if hasattr(op, 'interpolation')]
    assert ways.count('bilinear') == ways.count('bicubic') == 5


def test_infomins_magnitudes_are_those_of_the_recipe():
    with pytest.raises(InputError, match='magnitude=11'):
        InfoMinAugment(magnitude=11)
    draws = [
        op.random_magnitude() for op in [InfoMinAugment().operations.transforms[3]] for _ in range(400)
    ]  # degrees
    assert max(draws) == 30 and 0.4 < np.mean([d == 30 for d in draws]) < 0.6 and min(draws) > 22


def test_two_views_with_a_random_view_inside_differ_and_repeat():
    crop = dict(type='Compose', transforms=[dict(type='RandomView', size=16, crop_scale=(0.2, 1.0))])
    multi = TRANSFORMS.build(dict(type='MultiView', views=[crop, crop]))
    one, other = multi(dict(img=picture(), view_key=3))['img']
    assert not np.array_equal(one, other)
    again = multi(dict(img=picture(), view_key=3))['img']
    assert np.array_equal(one, again[0]) and np.array_equal(other, again[1])
    bare = TRANSFORMS.build(dict(type='MultiView', views=crop['transforms'] * 2))(
        dict(img=picture(), view_key=3)
    )['img']
    assert np.array_equal(bare[1], other)
