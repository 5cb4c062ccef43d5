"""Each operation on one uint8 image against Pillow and torchvision.

They round after each operation too, so one grey level apart is what two ways of rounding give.
"""

import cv2
import numpy as np
import pytest
import torch
import torchvision.transforms.functional as F
from PIL import Image, ImageFilter

from mmcl.datasets.transforms import RandomView
from mmcl.datasets.transforms import cpu_view as cpu

from .pictures import picture


def difference(ours: np.ndarray, theirs) -> np.ndarray:
    assert ours.dtype == np.uint8 and ours.shape == np.asarray(theirs).shape
    return np.abs(ours.astype(float) - np.asarray(theirs).astype(float))


@pytest.fixture
def image() -> np.ndarray:
    return picture()


@pytest.fixture
def pil(image) -> Image.Image:
    return Image.fromarray(image)


@pytest.mark.parametrize('mode', ['bilinear', 'bicubic'])
@pytest.mark.parametrize(
    'box', [(10, 20, 80, 100), (0, 0, 96, 128), (30, 40, 20, 17)], ids=['shrink', 'all', 'grow']
)
def test_crop_and_resize_equal_pillow_to_one_level(image, pil, mode, box):
    top, left, height, width = box
    ours = cpu.resize(image[top : top + height, left : left + width], 32, 40, mode)
    theirs = F.resized_crop(pil, *box, [32, 40], F.InterpolationMode(mode))
    assert difference(ours, theirs).max() <= 1


@pytest.mark.parametrize('factor', [0, 0.6, 1.4, 3])
def test_brightness_contrast_and_saturation_equal_torchvision_to_one_level(image, pil, factor):
    assert difference(cpu.brighten(image, factor), F.adjust_brightness(pil, factor)).max() <= 1
    # Pillow rounds the mean before it blends, which a factor of 3 doubles
    assert difference(cpu.contrast(image, factor), F.adjust_contrast(pil, factor)).max() <= max(1, factor)
    # and the grey view
    assert difference(cpu.saturate(image, factor), F.adjust_saturation(pil, factor)).max() <= max(1, factor)


@pytest.mark.parametrize('turns', [-0.5, -0.13, 0.02, 0.4])
def test_hue_equals_the_float_formula_to_one_level_and_pillow_to_its_256_hues(image, pil, turns):
    ours = cpu.shift_hue(image, turns)
    exact = F.adjust_hue(torch.from_numpy(image).permute(2, 0, 1) / 255, turns).permute(1, 2, 0) * 255
    assert difference(ours, exact.round().byte()).max() <= 1
    apart = difference(ours, F.adjust_hue(pil, turns))
    # one of Pillow's 256 hues is up to 6 levels, and it cuts the hue, the turn and the saturation
    assert apart.mean() < 2 and apart.max() <= 18


def test_grey_equals_pillow_to_one_level(image, pil):
    assert difference(cpu.to_grey(image), F.to_grayscale(pil, 3)).max() <= 1


@pytest.mark.parametrize('sigma', [0.1, 0.5, 1.0, 2.0])
def test_blur_is_a_gaussian_and_near_pillows_three_boxes(image, pil, sigma):
    ours = cpu.blur(image, sigma)
    exact = cv2.GaussianBlur(image.astype(np.float64), (33, 33), sigma, borderType=cv2.BORDER_REPLICATE)
    assert difference(ours, exact.round()).max() <= 1
    apart = difference(ours, pil.filter(ImageFilter.GaussianBlur(sigma)))
    # Pillow's boxes are not a Gaussian where they are narrow: noise of 6 levels is damped differently
    assert apart.mean() < 1 and apart.max() <= 8


@pytest.mark.parametrize('threshold', [0, 128, 200.5])
def test_solarise_equals_pillow(image, pil, threshold):
    assert difference(cpu.solarize(image, threshold), F.solarize(pil, threshold)).max() == 0


def test_operations_run_in_the_drawn_order(image):
    view = RandomView(96, crop_scale=(1, 1), flip_prob=0)
    params = dict(top=0, left=0, height=96, width=96, flip=True, grey=False, solarize=True, blur=0)
    params.update(brightness=1.7, contrast=0.4, saturation=1, hue=0, order=np.array([1, 0, 2, 3]))
    ours = cpu.render_view(view, image, params)
    expected = cpu.solarize(cpu.brighten(cpu.contrast(image[:, :96], 0.4), 1.7), 128)[:, ::-1]
    assert (ours == expected).all()
    params['order'] = np.array([3, 0, 1, 2])
    assert (cpu.render_view(view, image, params) != expected).any()


def test_grey_comes_before_the_jitter_where_asked(image):
    params = dict(top=0, left=0, height=96, width=96, flip=False, grey=True, solarize=False, blur=0)
    params.update(brightness=1, contrast=1, saturation=2, hue=0, order=np.arange(4))
    first = cpu.render_view(RandomView(96, grey_first=True), image, params)
    assert (first == cpu.saturate(cpu.to_grey(image[:, :96]), 2)).all()
    last = cpu.render_view(RandomView(96), image, params)
    assert (last == cpu.to_grey(cpu.saturate(image[:, :96], 2))).all()
    assert (first != last).any()
