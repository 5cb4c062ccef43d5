"""Read one image file."""

import io

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from PIL import Image, ImageOps

from mmcl.registry import TRANSFORMS

# OpenCV reports a bad file on stderr without its name; the dataset reports it with the name, once.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)


class UnreadableImage(OSError):
    """An image file that is missing, forbidden, truncated or no image; the message names it."""


@TRANSFORMS.register_module()
class LoadImage(BaseTransform):
    """Decode ``img_path`` into ``img``: RGB, uint8, (H, W, 3), turned as its EXIF orientation says.

    A dataset that has read the encoded image already gives it as ``img_bytes``; ``img_path`` then names it only.
    OpenCV decodes; Pillow takes over what OpenCV refuses. Grey and CMYK become RGB, 16 bits become 8 by
    dropping the low byte, alpha is dropped, an animation gives its first frame.

    Raises:
        UnreadableImage: The file cannot be opened or no decoder can read all of it.
    """

    def transform(self, results: dict) -> dict:
        """Add ``img`` to ``results``."""
        path, data = results['img_path'], results.pop('img_bytes', None)
        results['img'] = read_rgb(path) if data is None else decode_rgb(data, path)
        return results


def read_rgb(path: str) -> np.ndarray:
    """Read a file as :class:`LoadImage` does; uint8 (H, W, 3)."""
    try:
        with open(path, 'rb') as file:
            data = file.read()
    except OSError as error:
        raise UnreadableImage(f'{path}: {error.strerror}') from error
    return decode_rgb(data, path)


def decode_rgb(data: bytes, path: str) -> np.ndarray:
    """Decode an image as :class:`LoadImage` does; ``path`` names it in errors. Gives uint8 (H, W, 3)."""
    img = _decode_opencv(data)
    return _decode_pillow(data, path) if img is None else img


def _decode_opencv(data: bytes) -> np.ndarray | None:
    """Decode with OpenCV; None where it cannot."""
    # OpenCV 4 fills the missing part of a truncated JPEG with grey, without a word. A JPEG that does not end
    # in its end marker goes to Pillow, which tells a truncated file from one with bytes after the image.
    if not data or (data.startswith(b'\xff\xd8') and not data.endswith(b'\xff\xd9')):
        return None
    try:
        return cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    except cv2.error:
        return None


def _decode_pillow(data: bytes, path: str) -> np.ndarray:
    """Decode with Pillow."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            return np.array(ImageOps.exif_transpose(image).convert('RGB'))
    # Pillow's readers also let struct.error, SyntaxError, IndexError and others out when a file is broken.
    except Exception as error:
        raise UnreadableImage(
            f'{path}: cannot be decoded ({type(error).__name__}, {len(data)} bytes)'
        ) from error
