"""Read one image file."""

from typing import Union

import numpy as np
from mmcv.transforms import BaseTransform

from mmcl.registry import TRANSFORMS

from .encoded import EncodedImage, UnreadableImage

__all__ = ['LoadImage', 'UnreadableImage', 'pixels']


@TRANSFORMS.register_module()
class LoadImage(BaseTransform):
    """Decode ``img_path`` into ``img``: RGB, uint8, (H, W, 3), turned as its EXIF orientation says.

    A dataset that has read the encoded image already gives it as ``img_bytes``; ``img_path`` then names it only.
    OpenCV decodes; Pillow takes over what OpenCV refuses. Grey and CMYK become RGB, 16 bits become 8 by
    dropping the low byte, alpha is dropped, an animation gives its first frame.

    Args:
        defer (bool): Leave the decoding to the transform that comes next, one of mmcl's: ``img`` is an
            ``EncodedImage``. ``MultiView`` then decodes a large JPEG at a reduced scale where its crops allow.

    Raises:
        UnreadableImage: The file cannot be opened or no decoder can read all of it.
    """

    def __init__(self, defer: bool = False) -> None:
        self.defer = defer

    def transform(self, results: dict) -> dict:
        """Add ``img`` to ``results``."""
        path, data = results['img_path'], results.pop('img_bytes', None)
        image = EncodedImage.read(path) if data is None else EncodedImage(data, path)
        results['img'] = image if self.defer else image.decode()
        return results

    def __repr__(self) -> str:
        return f'LoadImage(defer={self.defer})'


def pixels(image: Union[np.ndarray, EncodedImage]) -> np.ndarray:
    """The array of an ``img``, decoded at full scale if that was left to later."""
    return image.decode() if isinstance(image, EncodedImage) else image
