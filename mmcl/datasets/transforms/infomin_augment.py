"""InfoMin's RandAugment."""

from collections.abc import Sequence

import numpy as np
from mmcv.transforms import BaseTransform

from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import expect_each


@TRANSFORMS.register_module()
class InfoMinAugment(BaseTransform):
    """RandAugment as InfoMin uses it (https://arxiv.org/abs/2005.10243, the authors' recipe D): 15 operations at magnitude N(10, 0.5).

    Operations are drawn with replacement and equally often, each takes place with probability ``prob``, and a magnitude above 10 counts as
    10. Geometry interpolates bilinearly or bicubically, either as often. They are MMPretrain's, which weigh channels as BGR: mmcl loads
    RGB, so channels are swapped before and after. In ``MultiView`` what is drawn depends on seed, epoch, image and view alone.

    Args:
        num_operations (int): Operations an image, >= 1. Defaults to 2.
        magnitude (float): Mean magnitude, 0 to 10. Defaults to 10.
        magnitude_std (float): Its standard deviation, >= 0. Defaults to 0.5.
        prob (float): Probability that a drawn operation takes place, 0 to 1. Defaults to 0.5.
        fill (Sequence[int]): RGB colour of what geometry uncovers, 0 to 255. Defaults to ImageNet's mean.

    Raises:
        InputError: A value outside its range.
    """

    def __init__(
        self,
        num_operations: int = 2,
        magnitude: float = 10,
        magnitude_std: float = 0.5,
        prob: float = 0.5,
        fill: Sequence[int] = (124, 116, 104),
    ) -> None:
        expect_each(
            'InfoMinAugment has',
            'Set {name} in the view',
            ('num_operations', num_operations, num_operations >= 1, 'at least 1'),
            ('magnitude', magnitude, 0 <= magnitude <= 10, 'a number from 0 to 10'),
            ('magnitude_std', magnitude_std, magnitude_std >= 0, 'a number >= 0'),
            ('prob', prob, 0 <= prob <= 1, 'a probability from 0 to 1'),
        )
        operations = [
            dict(operation, prob=prob)
            for interpolation in ('bilinear', 'bicubic')
            for operation in _operations(interpolation, tuple(fill)[::-1])
        ]
        self.operations = TRANSFORMS.build(
            dict(
                type='RandAugment',
                policies=operations,
                num_policies=num_operations,
                magnitude_level=magnitude,
                magnitude_std=magnitude_std,
            )
        )
        self._shown = f'InfoMinAugment({num_operations}, {magnitude}, {magnitude_std}, {prob}, {fill})'

    def transform(self, results: dict) -> dict:
        """Change ``img`` (RGB, uint8, HxWx3)."""
        results['img'] = np.ascontiguousarray(results['img'][..., ::-1])
        results = self.operations(results)
        results['img'] = np.ascontiguousarray(results['img'][..., ::-1])
        return results

    def __repr__(self) -> str:
        return self._shown


def _operations(interpolation: str, fill: tuple) -> list[dict]:
    """The 15 operations with what they do from magnitude 0 to 10."""
    geometry = dict(interpolation=interpolation, pad_val=fill)
    stronger = dict(
        magnitude_range=(-0.9, 0.9), random_negative_prob=0.0
    )  # factors 0.1 to 1.9: at 10 never weaker
    return [
        dict(type='AutoContrast'),
        dict(type='Equalize'),
        dict(type='Invert'),
        dict(type='Rotate', magnitude_range=(0, 30), **geometry),
        dict(
            type='Posterize', magnitude_range=(-0.999, 3.001)
        ),  # rounded up there: int(0.4 x magnitude) bits
        dict(type='Solarize', magnitude_range=(0, 256)),
        dict(type='SolarizeAdd', magnitude_range=(0, 110)),
        dict(type='ColorTransform', **stronger),
        dict(type='Contrast', **stronger),
        dict(type='Brightness', **stronger),
        dict(type='Sharpness', **stronger),
        dict(type='Shear', direction='horizontal', magnitude_range=(0, 0.3), **geometry),
        dict(type='Shear', direction='vertical', magnitude_range=(0, 0.3), **geometry),
        dict(type='Translate', direction='horizontal', magnitude_range=(0, 0.45), **geometry),
        dict(type='Translate', direction='vertical', magnitude_range=(0, 0.45), **geometry),
    ]
