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
from mmcl.datasets.transforms.jitter import jitter, to_grey

from .pictures import (
    RECIPES,
    assert_same_statistics,
    difference,
    picture,
    recipe,
    statistics,
    torchvision_pipeline,
)


@pytest.mark.parametrize('mode', ['bilinear', 'bicubic'])
@pytest.mark.parametrize(
    'box', [(10, 20, 80, 100), (0, 0, 96, 128), (30, 40, 20, 17)], ids=['shrink', 'all', 'grow']
)
def test_crop_and_resize_equal_pillow_to_one_level(image, pil, mode, box):
    top, left, height, width = box
    ours = cpu.resize(image[top : top + height, left : left + width], 32, 40, mode)
    theirs = F.resized_crop(pil, *box, [32, 40], F.InterpolationMode(mode))
    assert difference(ours, theirs).max() <= 1


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
    params.update(brightness=1.7, contrast=0.4, saturation=1, hue=0, order=[1, 0, 2, 3])
    ours = cpu.render_view(view, image, params)
    expected = jitter(image[:, :96].copy(), [1, 0, 2, 3], 1.7, 0.4)
    assert (ours == cpu.solarize(expected, 128)[:, ::-1]).all()
    params['order'] = [3, 0, 1, 2]
    assert (cpu.render_view(view, image, params) != ours).any()


def test_grey_comes_before_the_jitter_where_asked(image):
    params = dict(top=0, left=0, height=96, width=96, flip=False, grey=True, solarize=False, blur=0)
    params.update(brightness=1, contrast=1, saturation=2, hue=0, order=range(4))
    cut = image[:, :96].copy()
    first = cpu.render_view(RandomView(96, grey_first=True), image, params)
    assert (first == to_grey(cut)[..., None]).all(), 'saturation must leave grey as it is'
    last = cpu.render_view(RandomView(96), image, params)
    assert (last == to_grey(jitter(cut, saturation=2))[..., None]).all()
    assert (first != last).any()


@pytest.mark.parametrize('name', RECIPES)
def test_recipes_have_the_statistics_of_torchvision_pipelines_on_pil_images(name):
    num, image = 300, picture()
    for number in range(2 if 'byol' in name else 1):
        view = RandomView(**{k: v for k, v in recipe(name, number).items() if k != 'type'})
        view.size = 32  # the recipes for 224 px are as well tested, and faster, at 32
        draws = view.draw_each(np.arange(num), *image.shape[:2])
        ours = np.stack([cpu.render_view(view, image, params) for params in draws])
        pipeline, pil = torchvision_pipeline(view), Image.fromarray(image)
        theirs = np.stack([np.asarray(pipeline(pil)) for _ in range(num)])
        ours, theirs = (statistics(torch.from_numpy(v).permute(0, 3, 1, 2).float()) for v in (ours, theirs))
        assert_same_statistics(ours, theirs)
