"""A compressed image in memory: its size without decoding, its pixels at full or at reduced scale."""

import io
from typing import Optional

import cv2
import numpy as np
from PIL import Image, ImageOps

# OpenCV reports a bad file on stderr without its name; the dataset reports it with the name, once.
cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

_FLAGS = {
    1: cv2.IMREAD_COLOR_RGB,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}
_ORIENTATION = 0x0112  # the EXIF tag; 1 to 8, above 4 the sides are swapped


class UnreadableImage(OSError):
    """An image file that is missing, forbidden, truncated or no image; the message names it."""


class EncodedImage:
    """The bytes of an image file, which may become pixels later.

    Args:
        data (bytes): The whole file.
        path (str): What errors call it.

    Attributes:
        size (tuple[int, int], optional): Height and width of the image as it is shown, read from the header.
            None unless it is a JPEG in grey or colour, the only kind that is decoded at a reduced scale.
    """

    def __init__(self, data: bytes, path: str) -> None:
        self.data = data
        self.path = path
        self.size, self._turned = _jpeg_header(data)

    @classmethod
    def read(cls, path: str) -> 'EncodedImage':
        """Read a file.

        Raises:
            UnreadableImage: It cannot be opened.
        """
        try:
            with open(path, 'rb') as file:
                return cls(file.read(), path)
        except OSError as error:
            raise UnreadableImage(f'{path}: {error.strerror}') from error

    def reductions(self) -> tuple[int, ...]:
        """By what the sides can be divided while decoding, largest first, 1 left out."""
        if self.size is None:
            return ()
        # The decoder counts its blocks from the stored corner: turned, a ragged last block would come first.
        return tuple(n for n in (8, 4, 2) if not self._turned or not (self.size[0] % n or self.size[1] % n))

    def decode(self, reduction: int = 1) -> np.ndarray:
        """Give the pixels.

        Args:
            reduction (int): 1, or one of ``reductions()``: pixel i then stands for ``reduction`` pixels from
                ``i * reduction`` on, by the inverse cosine transform of the low frequencies alone.

        Returns:
            ndarray: RGB uint8 (H, W, 3), sides divided by ``reduction`` and rounded up. If that failed, the
            full scale, so look at the shape.

        Raises:
            UnreadableImage: No decoder can read all of it.
        """
        for scale in dict.fromkeys((reduction, 1)):
            img = _decode_opencv(self.data, scale)
            if img is not None and (scale == 1 or img.shape[:2] == tuple(-(-n // scale) for n in self.size)):
                return img
        return _decode_pillow(self.data, self.path)


def _decode_opencv(data: bytes, reduction: int) -> Optional[np.ndarray]:
    """Decode with OpenCV; None where it cannot."""
    # OpenCV 4 fills the missing part of a truncated JPEG with grey, without a word. A JPEG that does not end
    # in its end marker goes to Pillow, which tells a truncated file from one with bytes after the image.
    if not data or (data.startswith(b'\xff\xd8') and not data.endswith(b'\xff\xd9')):
        return None
    try:
        img = cv2.imdecode(np.frombuffer(data, np.uint8), _FLAGS[reduction])
    except cv2.error:
        return None
    # There is no flag for a reduced scale in RGB.
    return img if reduction == 1 or img is None else cv2.cvtColor(img, cv2.COLOR_BGR2RGB)


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


def _jpeg_header(data: bytes) -> tuple[Optional[tuple[int, int]], bool]:
    """Height and width as shown, and whether EXIF turns or mirrors the image; (None, False) where unknown."""
    unknown, orientation, at = (None, False), 1, 2
    if not data.startswith(b'\xff\xd8'):
        return unknown
    while data[at : at + 1] == b'\xff' and at + 10 <= len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], 'big')
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):  # start of a frame
            height, width = (int.from_bytes(data[at + n : at + n + 2], 'big') for n in (5, 7))
            if not (height and width and data[at + 9] in (1, 3)):
                return unknown
            return ((width, height) if orientation > 4 else (height, width)), orientation != 1
        if marker == 0xE1 and data[at + 4 : at + 10] == b'Exif\0\0':
            orientation = _orientation(data[at + 4 : at + 2 + length])
            if orientation is None:
                return unknown
        if marker in (0xD9, 0xDA):
            break
        at += 1 if marker == 0xFF else 2 + length  # 0xFF before a marker is padding
    return unknown


def _orientation(exif: bytes) -> Optional[int]:
    """The orientation that an EXIF block gives, 1 to 8; None where the block cannot be read."""
    try:
        block = Image.Exif()
        block.load(exif)
        orientation = block.get(_ORIENTATION, 1)
    except Exception:  # as in _decode_pillow
        return None
    return orientation if orientation in range(1, 9) else None
