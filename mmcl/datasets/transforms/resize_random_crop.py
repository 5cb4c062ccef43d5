"""A square of fixed size at a random place."""

from typing import Tuple

from mmcl.registry import TRANSFORMS
from mmcl.utils.keyed_random import uniform

from .random_view import view_key
from .test_view import ResizeCenterCrop


@TRANSFORMS.register_module()
class ResizeRandomCrop(ResizeCenterCrop):
    """Resize the shorter side with antialiasing, then cut a square at a random place, a function of ``view_key`` (CPC v2).

    Args:
        resize (int): New length of the shorter side in pixels, >= ``crop``. Defaults to 300.
        crop (int): Side of the square that is cut out, >= 1. Defaults to 260.
        interpolation (str): ``'bilinear'`` or ``'bicubic'``.

    Raises:
        InputError: As :class:`ResizeCenterCrop`; an image comes without ``view_key``.
    """

    def __init__(self, resize: int = 300, crop: int = 260, interpolation: str = 'bilinear') -> None:
        super().__init__(resize, crop, interpolation)

    def corner(self, results: dict, spare_height: int, spare_width: int) -> Tuple[int, int]:
        """Top and left of the square, uniform."""
        top, left = uniform(view_key(results), 2)
        return int(top * (spare_height + 1)), int(left * (spare_width + 1))
