"""Colour jitter of one uint8 image against Pillow and torchvision.

They round after each operation too, so one grey level apart is what two ways of rounding give.
"""

from itertools import permutations

import cv2
import numpy as np
import pytest
import torch
import torchvision.transforms.functional as F
from PIL import Image

from mmcl.datasets.transforms.jitter import jitter, to_grey

from .pictures import difference

ADJUST = (F.adjust_brightness, F.adjust_contrast, F.adjust_saturation, F.adjust_hue)


@pytest.mark.parametrize('factor', [0, 0.6, 1.4, 3])
def test_brightness_contrast_and_saturation_equal_torchvision_to_one_level(image, pil, factor):
    ours = jitter(image, brightness=factor)
    assert difference(ours, F.adjust_brightness(pil, factor)).max() <= 1
    # Pillow rounds the mean before it blends, which a factor of 3 doubles
    assert difference(jitter(image, contrast=factor), F.adjust_contrast(pil, factor)).max() <= max(1, factor)
    # and the grey view
    ours = jitter(image, saturation=factor)
    assert difference(ours, F.adjust_saturation(pil, factor)).max() <= max(1, factor)


@pytest.mark.parametrize('turns', [-0.5, -0.3, -0.13, -0.05, 0, 0.02, 0.09, 1 / 6, 0.25, 0.4])
def test_hue_equals_the_float_formula_to_one_level_and_pillow_to_its_256_hues(image, pil, turns):
    ours = jitter(image, hue=turns)
    exact = F.adjust_hue(torch.from_numpy(image).permute(2, 0, 1) / 255, turns).permute(1, 2, 0) * 255
    assert difference(ours, exact.round().byte()).max() <= 1
    apart = difference(ours, F.adjust_hue(pil, turns))
    # one of Pillow's 256 hues is up to 6 levels, and it cuts the hue, the turn and the saturation
    assert apart.mean() < 2 and apart.max() <= 18


def test_grey_equals_pillow_to_one_level(image, pil):
    assert difference(to_grey(image), F.to_grayscale(pil, 1)).max() <= 1


@pytest.mark.parametrize('factors', [(0.6, 0.7, 0.5), (1.4, 1.3, 1.8), (1.4, 0.6, 1.3), (0.7, 1.5, 0.4)])
def test_every_order_equals_the_operations_one_by_one(image, factors):
    for order in permutations(range(4)):
        ours = jitter(image, order, *factors, 0.05)
        exact = torch.from_numpy(image).permute(2, 0, 1).double() / 255
        pil = Image.fromarray(image)
        for op in order:
            exact = ADJUST[op](exact, (*factors, 0.05)[op])
            pil = ADJUST[op](pil, (*factors, 0.05)[op])
        apart = difference(ours, (exact.permute(1, 2, 0) * 255).round().byte())
        # A pass rounds once, and the factors after it (their product is up to 3.3, and a hue is decided by
        # differences) enlarge that; what is never rounded between is nearer to the exact result than Pillow.
        assert apart.mean() < 1 and np.quantile(apart, 0.999) <= 5, order
        theirs = difference(np.asarray(pil), (exact.permute(1, 2, 0) * 255).round().byte())
        assert apart.mean() <= theirs.mean(), order


def test_values_are_clipped_between_two_operations():
    image = np.full((4, 4, 3), (200, 100, 50), np.uint8)
    assert (jitter(image, brightness=2, contrast=1, saturation=1)[0, 0] == (255, 200, 100)).all()
    # brightness cuts 400 to 255; only then is it halved
    halved = jitter(image, [0, 2, 1, 3], brightness=2, saturation=0.5)[0, 0].astype(int)
    grey = 0.299 * 255 + 0.587 * 200 + 0.114 * 100
    assert np.abs(halved - (np.array([255, 200, 100]) + grey) / 2).max() <= 1


def test_factors_up_to_one_and_the_last_one_take_a_single_pass(image, monkeypatch):
    passes = []
    transform = cv2.transform
    monkeypatch.setattr(cv2, 'transform', lambda *args: passes.append(1) or transform(*args))
    jitter(image, [2, 0, 1, 3], 0.8, 1.3, 0.6)
    assert len(passes) == 1
    jitter(image, [1, 0, 2, 3], 0.8, 1.3, 0.6)
    assert len(passes) == 3


def test_neutral_values_leave_the_image(image):
    assert (jitter(image) == image).all()


def test_one_channel_equals_three_grey_channels(image):
    grey = image[..., 0].copy()
    ours = jitter(grey, [1, 3, 2, 0], 1.3, 0.7, 1.5, 0.2)
    three = jitter(np.repeat(grey[..., None], 3, axis=2), [1, 3, 2, 0], 1.3, 0.7, 1.5, 0.2)
    assert np.abs(ours[..., None].astype(int) - three).max() <= 2
