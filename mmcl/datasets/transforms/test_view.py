"""The fixed view of evaluation."""

import numpy as np
from mmcv.transforms import BaseTransform

from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import InputError

from .cpu_view import resize
from .loading import pixels
from .random_view import INTERPOLATIONS


@TRANSFORMS.register_module()
class ResizeCenterCrop(BaseTransform):
    """Resize the shorter side with antialiasing, then cut the centre.

    Args:
        resize (int): New length of the shorter side in pixels, >= ``crop``.
        crop (int): Side of the square that is cut out, >= 1.
        interpolation (str): ``'bilinear'`` or ``'bicubic'``.

    Raises:
        InputError: ``crop`` < 1, ``resize`` < ``crop``, or an unknown ``interpolation``.
    """

    def __init__(self, resize: int = 256, crop: int = 224, interpolation: str = 'bilinear') -> None:
        if not 1 <= crop <= resize:
            raise InputError(
                f'ResizeCenterCrop has resize={resize!r} and crop={crop!r}',
                'whole numbers of pixels, 1 <= crop <= resize',
                'Set e.g. resize=256, crop=224',
            )
        if interpolation not in INTERPOLATIONS:
            raise InputError(
                f'ResizeCenterCrop has interpolation={interpolation!r}',
                "'bilinear' or 'bicubic'",
                "Set e.g. interpolation='bilinear'",
            )
        self.resize = resize
        self.crop = crop
        self.interpolation = interpolation

    def transform(self, results: dict) -> dict:
        """Replace ``img`` (uint8 HxWxC) by the view (crop x crop x C)."""
        image = pixels(results['img'])
        height, width = image.shape[:2]
        # The longer side is cut short to whole pixels and the corner is rounded, as torchvision's Resize and
        # CenterCrop do.
        if height <= width:
            height, width = self.resize, max(self.resize, int(self.resize * width / height))
        else:
            height, width = max(self.resize, int(self.resize * height / width)), self.resize
        image = resize(image, height, width, self.interpolation)
        top, left = self.corner(results, height - self.crop, width - self.crop)
        results['img'] = np.ascontiguousarray(image[top : top + self.crop, left : left + self.crop])
        results['img_shape'] = (self.crop, self.crop)
        return results

    def corner(self, results: dict, spare_height: int, spare_width: int) -> tuple[int, int]:
        """Top and left of what is cut out, of ``spare_height`` and ``spare_width`` pixels more than it needs."""
        return round(spare_height / 2), round(spare_width / 2)

    def __repr__(self) -> str:
        return f'{type(self).__name__}({self.resize}, {self.crop}, {self.interpolation!r})'
