"""Each operation on float batches against torchvision's functions; the two routes against each other."""

import cv2
import numpy as np
import pytest
import torch
import torchvision.transforms.functional as F

from mmcl.datasets.transforms import RandomView
from mmcl.datasets.transforms import batch_view as batch
from mmcl.datasets.transforms.batch_view import batch_view
from mmcl.datasets.transforms.cpu_view import render_view
from mmcl.utils.errors import InputError

from .pictures import RECIPES, assert_same_statistics, picture, recipe, statistics, torchvision_pipeline

AMOUNTS = torch.tensor([0.0, 0.6, 1.4, 3.0])


def stack(num: int = 4, channels: int = 3) -> torch.Tensor:
    """Different pictures, float (num, channels, 48, 64)."""
    image = torch.from_numpy(picture(channels=channels)).permute(2, 0, 1).float()
    return torch.stack([image[:, 3 * i : 3 * i + 48, 5 * i : 5 * i + 64] for i in range(num)])


def each(function, images: torch.Tensor, amounts) -> torch.Tensor:
    """Apply torchvision's function, which takes values up to 1, image by image."""
    return torch.stack([function(image / 255, float(amount)) * 255 for image, amount in zip(images, amounts)])


@pytest.mark.parametrize('mode', ['bilinear', 'bicubic'])
def test_crop_resize_and_flip_equal_torchvision(mode):
    images = stack()
    crop = torch.tensor(
        [[0, 5, 10, 40], [48, 20, 30, 7], [0, 9, 1, 50], [64, 30, 63, 5], [0, 1, 0, 1]]
    ).float()
    ours = batch.crop_resize_flip(images, crop, 24, mode)
    for image, view, (top, height, left, width, flip) in zip(images, ours, crop.int().T.tolist()):
        cut = F.resized_crop(
            image, top, left, height, width, [24, 24], F.InterpolationMode(mode), antialias=True
        )
        cut = F.hflip(cut) if flip else cut
        # float32 sums in another order
        torch.testing.assert_close(view, cut.clamp(0, 255), rtol=0, atol=2e-3)


def test_brightness_contrast_and_saturation_equal_torchvision():
    images, rest, none = stack(), 1 - AMOUNTS, torch.zeros(4)
    # torchvision's grey weights are 0.2989, 0.587, 0.114; ours sum to 1: (f - 1) * 255e-4 levels at most.
    close = dict(rtol=0, atol=0.06)
    brighter = each(F.adjust_brightness, images, AMOUNTS)
    torch.testing.assert_close(batch.blend_(images.clone(), AMOUNTS, none, none), brighter, rtol=0, atol=1e-3)
    torch.testing.assert_close(
        batch.blend_(images.clone(), AMOUNTS, none, rest), each(F.adjust_contrast, images, AMOUNTS), **close
    )
    torch.testing.assert_close(
        batch.blend_(images.clone(), AMOUNTS, rest, none), each(F.adjust_saturation, images, AMOUNTS), **close
    )


def test_hue_equals_torchvision():
    images = stack(5)
    images[:, :, :4, :4] = 77.0  # grey has no hue
    images[:, :, 4:8] = 0.0
    turns = torch.tensor([-0.5, -0.13, 0.0, 0.02, 0.5])
    # torchvision forms hue, saturation and value; ours multiplies span and hue directly
    torch.testing.assert_close(
        batch.shift_hue_(images.clone(), turns), each(F.adjust_hue, images, turns), rtol=0, atol=2e-3
    )


def test_pure_colours_turn_to_pure_colours():
    colours = torch.tensor(
        [[255, 0, 0], [255, 255, 0], [0, 255, 0], [0, 255, 255], [0, 0, 255], [255, 0, 255]]
    )
    images = colours.float().view(6, 3, 1, 1)
    for steps in range(-3, 4):
        turned = batch.shift_hue_(images.clone(), torch.full((6,), steps / 6))
        torch.testing.assert_close(turned, images.roll(-steps, 0), rtol=0, atol=1e-3)


def test_grey_equals_torchvision():
    images = stack()
    torch.testing.assert_close(batch.to_grey(images), F.rgb_to_grayscale(images, 3), rtol=0, atol=0.03)


def test_blur_equals_a_gaussian_with_repeated_edges():
    images = stack()[..., :48]
    sigmas = [0.1, 0.5, 1.0, 2.0]
    blurred = batch.blur(images, torch.tensor(sigmas), 8)
    for image, ours, sigma in zip(images, blurred, sigmas):
        exact = cv2.GaussianBlur(
            image.permute(1, 2, 0).double().numpy(), (33, 33), sigma, borderType=cv2.BORDER_REPLICATE
        )
        # cut at 4 of the largest sigma, which leaves out 6e-5 of its weight
        torch.testing.assert_close(ours.permute(1, 2, 0), torch.from_numpy(exact).float(), rtol=0, atol=2e-2)


def test_solarise_equals_torchvision_on_whole_levels():
    images = torch.arange(256).float().view(1, 1, 16, 16)
    for threshold in (0, 128, 200.5):
        expected = F.solarize(images.byte(), threshold).float()
        assert torch.equal(batch.solarize(images, threshold), expected)


FULL = dict(
    crop_scale=(0.08, 1.0),
    jitter=(0.8, 0.8, 0.8, 0.2),
    grey_prob=0.2,
    blur_prob=0.5,
    solarize_prob=0.3,
)


@pytest.mark.parametrize('mode', ['bilinear', 'bicubic'])
@pytest.mark.parametrize('grey_first', [False, True])
def test_device_views_equal_cpu_views_of_the_same_keys(mode, grey_first):
    view = RandomView(32, interpolation=mode, grey_first=grey_first, **FULL)
    image = picture()
    params = view.draw(np.arange(200), *image.shape[:2])
    on_device = batch_view(view, torch.from_numpy(image).permute(2, 0, 1).expand(200, -1, -1, -1), params)
    on_cpu = [render_view(view, image, drawn) for drawn in view.draw_each(np.arange(200), *image.shape[:2])]
    apart = (on_device - torch.from_numpy(np.stack(on_cpu)).permute(0, 3, 1, 2)).abs()
    # The CPU rounds after each of up to eight operations, and a later factor of up to 1.8 enlarges what was
    # rounded (the hue of nearly grey pixels most).
    assert apart.mean() < 0.8 and apart.mean((1, 2, 3)).max() < 2.5
    assert apart.flatten().quantile(0.999) < 6


def test_one_channel_equals_three_grey_channels():
    view = RandomView(32, **FULL)
    grey = stack(8, 1).byte()
    params = view.draw(np.arange(8), 48, 64)
    one, three = batch_view(view, grey, params), batch_view(view, grey.expand(-1, 3, -1, -1), params)
    assert one.shape == (8, 1, 32, 32)
    torch.testing.assert_close(one.expand_as(three), three, rtol=0, atol=2e-3)


def test_one_channel_on_the_cpu_equals_three_grey_channels_to_rounding():
    view = RandomView(32, **FULL)
    grey = picture(channels=1)
    for params in view.draw_each(np.arange(30), *grey.shape[:2]):
        one, three = (render_view(view, image, params) for image in (grey, grey.repeat(3, 2)))
        assert one.shape == (32, 32, 1)
        assert np.abs(one.astype(int) - three).max() <= 2


def test_a_view_does_not_depend_on_the_rest_of_the_batch():
    view = RandomView(32, **FULL)
    images = stack(6).byte()
    whole = batch_view(view, images, view.draw(np.arange(6), 48, 64))
    for rows in ([4], [5, 0, 2]):
        part = batch_view(view, images[rows], view.draw(np.array(rows), 48, 64))
        torch.testing.assert_close(part, whole[rows], rtol=0, atol=1e-3)


def test_views_are_computed_in_float32_under_autocast():
    view = RandomView(32, **FULL)
    params = view.draw(np.arange(4), 48, 64)
    plain = batch_view(view, stack().byte(), params)
    with torch.autocast('cpu', torch.bfloat16):
        assert torch.equal(batch_view(view, stack().byte(), params), plain)


def test_no_step_waits_for_the_device():
    # the meta device has no values: reading one would raise
    view = RandomView(32, **FULL)
    views = batch_view(view, stack().byte().to('meta'), view.draw(np.arange(4), 48, 64))
    assert views.shape == (4, 3, 32, 32) and views.is_meta


@pytest.mark.parametrize('shape', [(3, 8, 8), (2, 4, 8, 8)])
def test_other_shapes_are_refused(shape):
    view = RandomView(8)
    with pytest.raises(InputError, match=str(shape[-3])):
        batch_view(view, torch.zeros(shape), view.draw(np.arange(2), 8, 8))


@pytest.mark.parametrize('name', RECIPES)
def test_recipes_have_the_statistics_of_torchvision_pipelines(name):
    num = 300
    for number in range(2 if 'byol' in name else 1):
        view = RandomView(**{k: v for k, v in recipe(name, number).items() if k != 'type'})
        view.size = 32  # the recipes for 224 px are as well tested, and faster, at 32
        image = picture()
        ours = batch_view(
            view,
            torch.from_numpy(image).permute(2, 0, 1).expand(num, -1, -1, -1),
            view.draw(np.arange(num), *image.shape[:2]),
        )
        pipeline, pil = torchvision_pipeline(view), F.to_pil_image(image)
        theirs = torch.stack([F.pil_to_tensor(pipeline(pil)).float() for _ in range(num)])
        assert_same_statistics(statistics(ours), statistics(theirs))
