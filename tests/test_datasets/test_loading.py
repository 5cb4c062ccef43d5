import io

import cv2
import numpy as np
import pytest
from PIL import Image

from mmcl.datasets.transforms.encoded import EncodedImage
from mmcl.datasets.transforms.loading import LoadImage, UnreadableImage

from .images import picture, save, truncate

SIDEWAYS = Image.Exif()
SIDEWAYS[0x0112] = 6  # the camera was turned: show it rotated by 90 degrees clockwise


def load(path):
    img = LoadImage()(dict(img_path=str(path)))['img']
    assert img.dtype == np.uint8 and img.ndim == 3 and img.shape[2] == 3
    return img.astype(int)


@pytest.mark.parametrize('name', ['a.png', 'a.bmp', 'a.tif', 'a.ppm', 'a.PNG'])
def test_lossless_formats_give_the_pixels_in_rgb_order(name, tmp_path):
    assert np.array_equal(load(save(tmp_path / name)), picture())


def test_lossless_webp_gives_the_pixels(tmp_path):
    assert np.array_equal(load(save(tmp_path / 'a.webp', lossless=True)), picture())


@pytest.mark.parametrize('options', [{}, dict(progressive=True), dict(subsampling=0)])
def test_jpeg_is_close_to_the_pixels(options, tmp_path):
    assert np.abs(load(save(tmp_path / 'a.jpg', quality=95, **options)) - picture()).mean() < 3


def test_gif_gives_its_first_frame(tmp_path):
    frames = [Image.fromarray(picture(seed)) for seed in (0, 1)]
    frames[0].save(tmp_path / 'a.gif', save_all=True, append_images=frames[1:])
    img = load(tmp_path / 'a.gif')
    assert np.abs(img - picture(0)).mean() < 12 < np.abs(img - picture(1)).mean()


def test_sixteen_bits_lose_their_low_byte(tmp_path):
    for depth in (picture()[..., 0], picture()):
        path = str(tmp_path / 'a.png')
        cv2.imwrite(path, depth.astype(np.uint16) * 256 + 77)
        expected = depth[..., ::-1] if depth.ndim == 3 else np.repeat(depth[..., None], 3, axis=2)
        assert np.array_equal(load(path), expected)


def test_alpha_is_dropped(tmp_path):
    alpha = np.full(picture().shape[:2] + (1,), 128, np.uint8)
    Image.fromarray(np.concatenate([picture(), alpha], axis=2)).save(tmp_path / 'a.png')
    assert np.array_equal(load(tmp_path / 'a.png'), picture())


@pytest.mark.parametrize('mode', ['L', 'LA', '1', 'P'])
def test_other_pixel_modes_become_rgb(mode, tmp_path):
    image = Image.fromarray(picture()).convert(mode)
    image.save(tmp_path / 'a.png')
    assert np.array_equal(load(tmp_path / 'a.png'), np.asarray(image.convert('RGB')))


@pytest.mark.parametrize('name', ['a.jpg', 'a.tif'])
def test_cmyk_becomes_rgb(name, tmp_path):
    Image.fromarray(picture()).convert('CMYK').save(
        tmp_path / name, **(dict(quality=95) if name == 'a.jpg' else {})
    )
    assert np.abs(load(tmp_path / name) - picture()).mean() < 3


@pytest.mark.parametrize('name', ['a.jpg', 'a.png', 'a.tif', 'a.webp'])
def test_exif_orientation_is_applied(name, tmp_path):
    img = load(save(tmp_path / name, exif=SIDEWAYS, **(dict(lossless=True) if name == 'a.webp' else {})))
    assert np.abs(img - np.rot90(picture(), -1)).mean() < 6


def test_a_jpeg_with_bytes_after_its_end_is_whole(tmp_path):
    path = save(tmp_path / 'a.jpg', quality=95)
    expected = load(path)
    path.write_bytes(path.read_bytes() + b'\0' * 64)
    assert np.abs(load(path) - expected).max() <= 1


def test_what_opencv_refuses_is_read_by_pillow(tmp_path, monkeypatch):
    path = save(tmp_path / 'a.jpg', quality=95, exif=SIDEWAYS)
    expected = load(path)
    monkeypatch.setattr(cv2, 'imdecode', lambda *args: None)
    assert np.abs(load(path) - expected).max() <= 1


@pytest.mark.parametrize('name', ['a.jpg', 'a.png', 'a.bmp', 'a.webp', 'a.tif', 'a.gif', 'a.ppm'])
@pytest.mark.parametrize('share', [0, 0.1, 0.5, 0.9])
def test_truncated_files_are_told_from_whole_ones(name, share, tmp_path):
    path = save(tmp_path / name)
    truncate(path, share)
    with pytest.raises(UnreadableImage, match=name):
        EncodedImage.read(str(path)).decode()


def test_what_is_no_image_is_named(tmp_path):
    (tmp_path / 'page.jpg').write_text('<html>not found</html>')
    with pytest.raises(UnreadableImage, match='page.jpg: cannot be decoded .*22 bytes'):
        EncodedImage.read(str(tmp_path / 'page.jpg')).decode()
    with pytest.raises(UnreadableImage, match='gone.jpg: No such file'):
        EncodedImage.read(str(tmp_path / 'gone.jpg')).decode()


def test_a_large_jpeg_equals_pillows_reading(tmp_path):
    buffer = io.BytesIO()
    Image.fromarray(picture(3, 300, 401)).save(buffer, 'JPEG', quality=90)
    (tmp_path / 'a.jpg').write_bytes(buffer.getvalue())
    assert np.abs(load(tmp_path / 'a.jpg') - np.asarray(Image.open(buffer).convert('RGB'))).max() <= 1
