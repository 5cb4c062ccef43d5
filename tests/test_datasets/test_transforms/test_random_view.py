import numpy as np
import pytest
import torch
from torchvision.transforms import RandomResizedCrop

from mmcl.datasets.transforms import RandomView
from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import InputError

from .pictures import picture

FULL = dict(
    size=32,
    crop_scale=(0.08, 1.0),
    jitter=(0.4, 1.5, 0.4, 0.1),
    grey_prob=0.2,
    blur_prob=0.5,
    solarize_prob=0.3,
)


def test_draw_gives_ranges_and_probabilities_of_the_recipe():
    num = 20000
    params = RandomView(**FULL).draw(np.arange(num), 40, 60)
    applied = params['hue'] != 0
    for name, prob in (('flip', 0.5), ('grey', 0.2), ('solarize', 0.3)):
        assert abs(params[name].mean() - prob) < 0.015, name
    assert abs(applied.mean() - 0.8) < 0.015
    assert abs((params['blur'] > 0).mean() - 0.5) < 0.015
    for name, low, high in (
        ('brightness', 0.6, 1.4),
        ('contrast', 0, 2.5),
        ('saturation', 0.6, 1.4),
        ('hue', -0.1, 0.1),
    ):
        drawn = np.sort(params[name][applied])
        assert low <= drawn[0] and drawn[-1] <= high
        # Kolmogorov-Smirnov distance to the uniform distribution; 1.63 / sqrt(n) is its 1 % point
        distance = abs((drawn - low) / (high - low) - np.linspace(0, 1, len(drawn))).max()
        assert distance < 1.63 / len(drawn) ** 0.5, name
        off = 0 if name == 'hue' else 1
        assert (params[name][~applied] == off).all()
    blurred = params['blur'][params['blur'] > 0]
    assert 0.1 <= blurred.min() and blurred.max() < 2 and abs(blurred.mean() - 1.05) < 0.02


def test_every_order_of_the_jitter_is_equally_frequent():
    order = RandomView(**FULL).draw(np.arange(24000), 40, 60)['order']
    _, counts = np.unique(order @ [64, 16, 4, 1], return_counts=True)
    assert len(counts) == 24
    assert ((counts - 1000) ** 2 / 1000).sum() < 49.7  # chi squared, 23 degrees of freedom, 0.1 %


@pytest.mark.parametrize(
    'scale, ratio, size', [((0.2, 1), (3 / 4, 4 / 3), (60, 90)), ((0.5, 1), (3 / 4, 4 / 3), (20, 90))]
)
def test_crops_are_distributed_as_torchvision_draws_them(scale, ratio, size):
    num = 2000
    params = RandomView(8, scale, ratio).draw(np.arange(num), *size)
    ours = np.stack([params[name] for name in ('top', 'left', 'height', 'width')], 1)
    image = torch.empty(3, *size)
    theirs = np.array([RandomResizedCrop.get_params(image, list(scale), list(ratio)) for _ in range(num)])
    grid = np.arange(max(size) + 1)
    for column in range(4):
        shares = [(values[:, column, None] <= grid).mean(0) for values in (ours, theirs)]
        # two-sample Kolmogorov-Smirnov, 0.1 % point
        assert abs(shares[0] - shares[1]).max() < 1.95 * (2 / num) ** 0.5


@pytest.mark.parametrize(
    'size, expected', [((10, 100), (0, 43, 10, 13)), ((100, 10), (43, 0, 13, 10)), ((12, 12), (0, 0, 12, 12))]
)
def test_crop_falls_back_to_the_centre_when_no_box_fits(size, expected):
    # A box of the whole area can only be the image, whose ratio is outside the range; the square's is inside,
    # and there boxes that fit and the fallback are the image.
    params = RandomView(8, (1, 1)).draw(np.arange(50), *size)
    for name, value in zip(('top', 'left', 'height', 'width'), expected):
        assert (params[name] == value).all(), name


def test_crops_lie_inside_images_of_different_sizes():
    rng = np.random.default_rng(0)
    heights, widths = rng.integers(1, 50, (2, 500))
    params = RandomView(8, (0.01, 1)).draw(np.arange(500), heights, widths)
    assert (params['height'] >= 1).all() and (params['width'] >= 1).all()
    assert (params['top'] >= 0).all() and (params['top'] + params['height'] <= heights).all()
    assert (params['left'] >= 0).all() and (params['left'] + params['width'] <= widths).all()


def test_a_draw_depends_on_its_key_and_not_on_the_batch():
    view = RandomView(**FULL, jitter_prob=1)
    keys = np.array([3, 2**64 - 1, 7, 7], np.uint64)
    batch, alone = view.draw(keys, 40, 60), view.draw(keys[2], 40, 60)
    for name, values in batch.items():
        assert (values[2] == alone[name][0]).all() and (values[3] == values[2]).all(), name
    assert len(set(batch['contrast'].tolist())) == 3


def test_switching_an_operation_off_leaves_the_other_draws():
    full = RandomView(**FULL).draw(np.arange(100), 40, 60)
    bare = RandomView(**{**FULL, 'jitter': None, 'blur_prob': 0.0}).draw(np.arange(100), 40, 60)
    for name in ('top', 'left', 'height', 'width', 'flip', 'grey', 'solarize'):
        assert (full[name] == bare[name]).all(), name
    assert (bare['brightness'] == 1).all() and (bare['hue'] == 0).all() and (bare['blur'] == 0).all()


def test_the_transform_repeats_a_view_by_its_key_and_number():
    view = TRANSFORMS.build(dict(type='RandomView', **FULL))
    image = picture()

    def make(key, number=None):
        results = dict(img=image, view_key=key, gt_label=4)
        made = view(results if number is None else dict(results, view_number=number))
        assert made['gt_label'] == 4 and made['img_shape'] == (32, 32)
        return made['img']

    assert (make(5) == make(5, 0)).all()
    assert (make(5) != make(6)).any() and (make(5) != make(5, 1)).any()
    assert (image == picture()).all(), 'the given image must not change'


def test_a_missing_key_is_said():
    with pytest.raises(InputError, match='view_key'):
        RandomView(8)(dict(img=picture()))


@pytest.mark.parametrize(
    'bad',
    [
        dict(size=0),
        dict(size=2.5),
        dict(size=True),
        dict(crop_scale=(0, 1)),
        dict(crop_scale=(0.5, 0.2)),
        dict(crop_scale=(0.2, 1.5)),
        dict(crop_scale=0.2),
        dict(crop_ratio=(1, 'a')),
        dict(interpolation='nearest'),
        dict(flip_prob=1.5),
        dict(flip_prob=None),
        dict(jitter=(0.4, 0.4, 0.4)),
        dict(jitter=(0.4, 0.4, 0.4, 0.6)),
        dict(jitter=(-0.1, 0.4, 0.4, 0.1)),
        dict(grey_prob=float('nan')),
        dict(blur_sigma=(0, 2)),
        dict(solarize_threshold=300),
    ],
    ids=str,
)
def test_bad_values_are_named(bad):
    (name,) = bad
    with pytest.raises(InputError, match=name):
        RandomView(**{'size': 8, **bad})
