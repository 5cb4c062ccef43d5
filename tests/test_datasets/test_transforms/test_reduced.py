"""Decoding at a reduced scale: when, how near to the full scale, and never for what it would break."""

import cv2
import numpy as np
import pytest
import torch
from PIL import Image

from mmcl.datasets.transforms import LoadImage, MultiView, PackViews, ResizeCenterCrop
from mmcl.datasets.transforms.encoded import EncodedImage, UnreadableImage
from mmcl.datasets.transforms.reduced import common_reduction, reduce_crop
from mmcl.registry import TRANSFORMS

from .pictures import assert_same_statistics, difference, picture, statistics

VIEW = dict(type='RandomView', size=32, jitter=(0.4, 0.4, 0.4, 0.1), grey_prob=0.2)


def save(path, height=384, width=512, orientation=1, image=None, **options):
    exif = Image.Exif()
    exif[0x0112] = orientation
    image = picture(height, width) if image is None else image
    Image.fromarray(image).save(path, exif=exif, **options)
    return str(path)


def load(path, defer=True):
    return LoadImage(defer=defer)(dict(img_path=path, view_key=7, sample_idx=0))


@pytest.mark.parametrize('orientation', range(1, 9))
@pytest.mark.parametrize('reduction', [1, 2, 4, 8])
def test_every_orientation_is_shown_as_pillow_shows_it(orientation, reduction, tmp_path):
    path = save(tmp_path / 'a.jpg', 160, 240, orientation, quality=95)
    image = EncodedImage.read(path)
    whole = LoadImage()(dict(img_path=path))['img']
    assert image.size == whole.shape[:2] == ((160, 240) if orientation <= 4 else (240, 160))
    ours = image.decode(reduction)
    # the mean of the pixels that one stands for, but for what the cosine transform keeps above it
    theirs = cv2.resize(whole, None, fx=1 / reduction, fy=1 / reduction, interpolation=cv2.INTER_AREA)
    assert difference(ours, theirs).mean() < 3


@pytest.mark.parametrize('size, orientation, expected', [((160, 240), 3, (8, 4, 2)), ((161, 246), 3, ()),
                                                         ((161, 246), 1, (8, 4, 2)), ((164, 246), 6, (2,))])  # fmt: skip
def test_a_turned_image_is_reduced_only_where_its_sides_divide(size, orientation, expected, tmp_path):
    assert EncodedImage.read(save(tmp_path / 'a.jpg', *size, orientation)).reductions() == expected


@pytest.mark.parametrize(
    'options', [dict(progressive=True), dict(subsampling=0), dict(subsampling=2)], ids=str
)
def test_a_ragged_image_is_reduced_with_its_last_row_and_column(options, tmp_path):
    image = EncodedImage.read(save(tmp_path / 'a.jpg', 161, 243, **options))
    assert image.size == (161, 243) and image.decode(4).shape == (41, 61, 3)


def test_only_jpegs_in_grey_or_colour_have_a_reduced_scale(tmp_path):
    assert EncodedImage.read(save(tmp_path / 'a.png')).reductions() == ()
    Image.fromarray(picture()).convert('CMYK').save(tmp_path / 'cmyk.jpg')
    assert EncodedImage.read(str(tmp_path / 'cmyk.jpg')).reductions() == ()
    Image.fromarray(picture()).convert('L').save(tmp_path / 'grey.jpg')
    grey = EncodedImage.read(str(tmp_path / 'grey.jpg'))
    assert grey.size == (96, 128) and grey.decode(2).shape == (48, 64, 3)


@pytest.mark.parametrize(
    'data', [b'', b'\xff\xd8', b'\xff\xd8\xff\xe0\0', b'\xff\xd8\xff\xff\xff', b'<html>' * 9]
)
def test_a_header_that_is_none_has_no_size(data):
    image = EncodedImage(data, 'a.jpg')
    assert image.size is None
    with pytest.raises(UnreadableImage, match='a.jpg'):
        image.decode()


def test_broken_exif_means_the_full_scale(tmp_path):
    path = tmp_path / 'a.jpg'
    data = open(save(path, quality=95), 'rb').read()
    at = data.index(b'Exif\0\0') + 6
    path.write_bytes(data[:at] + b'XX' + data[at + 2 :])
    assert EncodedImage.read(str(path)).reductions() == ()
    assert load(str(path))['img'].decode().shape == (384, 512, 3)


def test_the_smallest_crop_decides_and_keeps_one_and_a_half_times_its_view():
    crop = dict(top=0, left=0, height=96, width=200)
    assert common_reduction([crop], [32], (8, 4, 2)) == 2
    assert common_reduction([crop], [33], (8, 4, 2)) == 1
    assert common_reduction([crop], [8], (8, 4, 2)) == 8
    assert common_reduction([crop, dict(crop, width=60)], [8, 8], (8, 4, 2)) == 4
    assert common_reduction([crop], [8], ()) == 1


def test_edges_move_by_half_a_reduced_pixel_at_most_and_stay_inside():
    rng = np.random.default_rng(0)
    for reduction in (2, 4, 8):
        rows, columns = -(-433 // reduction), -(-333 // reduction)
        for _ in range(200):
            top, bottom = sorted(rng.choice(402, 2, replace=False).tolist())
            bottom += 32
            crop = dict(top=top, left=0, height=bottom - top, width=333, hue=0.1)
            small = reduce_crop(crop, reduction, rows, columns)
            assert small['hue'] == 0.1
            assert abs(small['top'] * reduction - top) <= reduction / 2
            assert abs((small['top'] + small['height']) * reduction - bottom) <= reduction / 2
            assert 0 <= small['top'] and small['top'] + small['height'] <= rows
            assert small['left'] == 0 and columns - 1 <= small['width'] <= columns


def photograph(height=768, width=1024):
    """Detail at every scale, as photographs have: noise whose amplitude falls as its frequency rises."""
    rng = np.random.default_rng(1)
    rows, columns = np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width)
    radius = np.hypot(rows, columns) + 1 / width
    noise = np.fft.irfft2(np.fft.rfft2(rng.normal(size=(3, height, width))) / radius, (height, width))
    image = 128 + 45 * noise / noise.std()
    return image.clip(0, 255).astype(np.uint8).transpose(1, 2, 0).copy()


def both(path, views, key):
    for defer in (True, False):
        yield MultiView(views)(dict(load(path, defer), view_key=key))['img']


def test_deferred_views_of_a_small_image_are_the_same_to_the_bit(tmp_path):
    path = save(tmp_path / 'a.jpg', 60, 80)
    for key in range(10):
        for ours, theirs in zip(*both(path, [VIEW, dict(VIEW, size=24)], key)):
            assert (ours == theirs).all()


def test_views_from_a_reduced_scale_are_near_those_from_the_full(tmp_path, monkeypatch):
    path = save(tmp_path / 'a.jpg', image=photograph(), quality=90)
    scales = []
    decode = EncodedImage.decode
    monkeypatch.setattr(EncodedImage, 'decode', lambda self, n=1: scales.append(n) or decode(self, n))
    num = 60
    apart, ours, theirs = [], [], []
    for key in range(num):
        (reduced,), (full,) = both(path, [VIEW], key)
        apart.append(difference(reduced, full).mean())
        ours.append(reduced)
        theirs.append(full)
    assert set(scales) == {1, 4, 8}
    # Edges of crops move by up to a third of a pixel of the view, and what the filter of Pillow would blur stays
    # a little sharper; the jitter's factors enlarge both.
    assert np.mean(apart) < 4 and max(apart) < 9
    ours, theirs = (
        statistics(torch.from_numpy(np.stack(v)).permute(0, 3, 1, 2).float()) for v in (ours, theirs)
    )
    assert_same_statistics(ours, theirs)
    # The same draws, so without their spread: deviation and correlation of neighbours, in levels and as such
    moved = (ours - theirs).mean(0).abs()
    assert moved[:3].max() < 0.5 and moved[3:6].max() < 1 and moved[6] < 0.015


def test_a_truncated_file_is_unreadable_when_deferred_too(tmp_path):
    path = tmp_path / 'a.jpg'
    data = open(save(path), 'rb').read()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(UnreadableImage, match='a.jpg'):
        MultiView([dict(VIEW, size=8)])(load(str(path)))


def test_a_header_that_lies_about_the_size_changes_nothing(tmp_path):
    path = save(tmp_path / 'a.jpg')
    results = load(path)
    results['img'].size = (400, 300)
    for ours, theirs in zip(MultiView([VIEW])(results)['img'], MultiView([VIEW])(load(path, False))['img']):
        assert (ours == theirs).all()


def test_what_comes_after_a_deferred_load_decodes_it(tmp_path):
    path = save(tmp_path / 'a.jpg')
    for step in (
        PackViews(),
        TRANSFORMS.build(VIEW),
        ResizeCenterCrop(40, 32),
        MultiView([lambda r: r, VIEW]),
    ):
        ours, theirs = (step(load(path, defer)) for defer in (True, False))
        key = 'img' if 'img' in ours else 'inputs'
        assert all((np.asarray(a) == np.asarray(b)).all() for a, b in zip(ours[key], theirs[key]))
