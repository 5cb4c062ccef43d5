"""Colour spaces whose channels are views."""

import cv2
import numpy as np
import pytest
import torch
from mmpretrain.structures import DataSample

from mmcl.models.color_spaces import STATISTICS, to_bands, to_lab, to_ycbcr
from mmcl.registry import MODELS
from mmcl.utils.errors import InputError
from tests.test_datasets.images import picture


def images(num=3):
    """RGB in [0, 1], and the same as arrays."""
    arrays = np.stack([picture(seed) for seed in range(num)])
    arrays[0, :8, :8] = np.random.default_rng(0).integers(0, 256, (8, 8, 3))  # dark and saturated ones too
    return torch.from_numpy(arrays.transpose(0, 3, 1, 2).copy()).float() / 255, arrays


def as_arrays(tensor):
    return tensor.permute(0, 2, 3, 1).contiguous().numpy()


def test_lab_is_opencvs():
    rgb, arrays = images()
    expected = np.stack([cv2.cvtColor(a.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) for a in arrays])
    assert np.abs(as_arrays(to_lab(rgb)) - expected).max() < 0.35  # OpenCV interpolates in a table


def test_splitting_and_merging_the_channels_gives_the_image_back():
    rgb, arrays = images()
    lab = to_lab(rgb)
    lightness, colour = lab[:, :1], lab[:, 1:]
    merged = as_arrays(torch.cat([lightness, colour], dim=1))
    back = np.stack([cv2.cvtColor(a, cv2.COLOR_LAB2RGB) for a in merged]) * 255
    assert np.abs(back - arrays).max() <= 2


def test_ycbcr_is_opencvs_in_the_range_of_video():
    rgb, arrays = images()
    y, cr, cb = np.stack(
        [cv2.cvtColor(a.astype(np.float32) / 255, cv2.COLOR_RGB2YCrCb) for a in arrays]
    ).transpose(3, 0, 1, 2)
    expected = np.stack([16 + 219 * y, 128 + 224 * (cb - 0.5), 128 + 224 * (cr - 0.5)])
    assert (
        np.abs(to_ycbcr(rgb).numpy().transpose(1, 0, 2, 3) - expected).max() < 0.3
    )  # its factors have three digits


@pytest.mark.parametrize('convert, neutral', [(to_lab, 0.0), (to_ycbcr, 128.0)])
def test_grey_images_have_no_colour(convert, neutral):
    grey = torch.rand(2, 1, 5, 5).expand(-1, 3, -1, -1)
    assert (convert(grey)[:, 1:] - neutral).abs().max() < 0.02


def test_bands_are_opencvs_blur_and_the_rest_of_the_luminance():
    rgb, _ = images()
    bands = to_bands(rgb)
    for luma, low in zip(bands[:, 2].numpy(), bands[:, 0].numpy()):
        expected = cv2.GaussianBlur(luma, (13, 13), 2.0, borderType=cv2.BORDER_REPLICATE)
        assert np.abs(low - expected).max() < 1e-5
    assert torch.allclose(bands[:, 0] + bands[:, 1], bands[:, 2], atol=1e-6)


@pytest.mark.parametrize('space', STATISTICS)
def test_the_preprocessor_converts_after_the_views_and_scales_to_about_one(space):
    view = dict(type='RandomView', size=16)
    preprocessor = MODELS.build(dict(type='ColorSpacePreprocessor', space=space, views=[view]))
    plain = MODELS.build(dict(type='ViewPreprocessor', mean=0.0, std=255.0, views=[view]))
    data = dict(
        inputs=(images()[0] * 255).byte(),
        data_samples=[DataSample(metainfo=dict(sample_idx=i, view_key=i)) for i in range(3)],
    )
    (made,), (rgb,) = (each(dict(data), training=True)['inputs'] for each in (preprocessor, plain))
    mean, std = (torch.tensor(values).view(1, 3, 1, 1) for values in STATISTICS[space])
    expected = (preprocessor.convert(rgb) - mean) / std
    torch.testing.assert_close(made, expected, rtol=1e-3, atol=1e-3)
    assert made.abs().max() < 5 and made.is_contiguous(memory_format=torch.channels_last)


def test_grey_inputs_of_one_channel_have_views_too():
    preprocessor = MODELS.build(dict(type='ColorSpacePreprocessor', space='bands'))
    assert preprocessor(dict(inputs=torch.zeros(2, 1, 8, 8)))['inputs'].shape == (2, 3, 8, 8)


def test_an_unknown_space_is_refused():
    with pytest.raises(InputError, match="space='hsv'"):
        MODELS.build(dict(type='ColorSpacePreprocessor', space='hsv'))
