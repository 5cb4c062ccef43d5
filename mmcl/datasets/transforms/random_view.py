"""A random view as a recipe and as numbers, which ``cpu_view`` and ``batch_view`` apply alike."""

from collections.abc import Sequence
from numbers import Real
from typing import Optional, Union

import numpy as np
from mmcv.transforms import BaseTransform

from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix, uniform

from .cpu_view import render_view
from .loading import pixels

INTERPOLATIONS = ('bilinear', 'bicubic')
_ATTEMPTS = 10  # boxes that are tried, as in torchvision's RandomResizedCrop
# which numbers of a draw decide what
DRAWS = dict(
    crop=slice(0, 22),
    flip=slice(22, 23),
    colour=slice(23, 33),  # whether there is a jitter, its factors, their order, grey
    blur=slice(33, 35),
    solarize=slice(35, 36),
    rotation=slice(36, 37),
)


@TRANSFORMS.register_module()
class RandomView(BaseTransform):
    """One random view of an image: crop and resize, colour jitter, grey, blur, solarise, flip, turn, in this order.

    The distribution is that of torchvision's transforms of these names on PIL images; blur repeats the edges.
    Brightness multiplies (torchvision, SimCLR v2), where SimCLR v1's and BYOL's code add.

    In a pipeline it replaces ``img`` of one image (``cpu_view``), given ``view_key`` and, from ``MultiView``,
    ``view_number``. In ``ViewPreprocessor.views`` the recipe works on batches on the device (``batch_view``).

    Args:
        size (int): Side of the view in pixels, >= 1.
        crop_scale (tuple[float, float]): Range of the crop's share of the image's area, 0 < low <= high <= 1.
        crop_ratio (tuple[float, float]): Range of width / height, drawn log-uniformly, 0 < low <= high.
        interpolation (str): ``'bilinear'`` or ``'bicubic'``, both with antialiasing.
        flip_prob (float): Probability of a horizontal flip, in [0, 1].
        jitter (tuple[float, float, float, float], optional): Strengths of brightness, contrast and
            saturation, each >= 0, whose factors are uniform in [max(0, 1 - strength), 1 + strength], and of
            hue, in [0, 0.5] turns of the colour circle. They run in random order. None: no jitter.
        jitter_prob (float): Probability of the jitter, in [0, 1].
        grey_prob (float): Probability of a grey view, in [0, 1].
        grey_first (bool): Grey before the jitter, as in NPID, instead of after it.
        blur_prob (float): Probability of the blur, in [0, 1].
        blur_sigma (tuple[float, float]): Range of the blur's standard deviation in pixels of the view,
            0 < low <= high.
        solarize_prob (float): Probability that values from ``solarize_threshold`` up are inverted, in [0, 1].
        solarize_threshold (float): In [0, 255].
        rotate (bool): Turn the view by 0, 90, 180 or 270 degrees, equally often.

    Raises:
        InputError: A value is of the wrong type or outside its range.
    """

    def __init__(
        self,
        size: int,
        crop_scale: Sequence[float] = (0.2, 1.0),
        crop_ratio: Sequence[float] = (3 / 4, 4 / 3),
        interpolation: str = 'bilinear',
        flip_prob: float = 0.5,
        jitter: Optional[Sequence[float]] = None,
        jitter_prob: float = 0.8,
        grey_prob: float = 0.0,
        grey_first: bool = False,
        blur_prob: float = 0.0,
        blur_sigma: Sequence[float] = (0.1, 2.0),
        solarize_prob: float = 0.0,
        solarize_threshold: float = 128,
        rotate: bool = False,
    ) -> None:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise _wrong('size', size, 'a whole number of pixels, at least 1', 224)
        if interpolation not in INTERPOLATIONS:
            raise _wrong('interpolation', interpolation, "'bilinear' or 'bicubic'", 'bilinear')
        self.size = size
        self.crop_scale = _interval('crop_scale', crop_scale, (0.2, 1.0), 1)
        self.crop_ratio = _interval('crop_ratio', crop_ratio, (0.75, 1.33))
        self.interpolation = interpolation
        self.flip_prob = _probability('flip_prob', flip_prob)
        self.jitter = None if jitter is None else _strengths(jitter)
        self.jitter_prob = _probability('jitter_prob', jitter_prob)
        self.grey_prob = _probability('grey_prob', grey_prob)
        self.grey_first = grey_first
        self.blur_prob = _probability('blur_prob', blur_prob)
        self.blur_sigma = _interval('blur_sigma', blur_sigma, (0.1, 2.0))
        self.solarize_prob = _probability('solarize_prob', solarize_prob)
        self.solarize_threshold = _number(
            'solarize_threshold', solarize_threshold, 255, 'a number from 0 to 255', 128
        )
        self.rotate = rotate
        strengths = np.array(self.jitter or (0, 0, 0, 0), np.float64)
        self._jitter_low = np.array([1, 1, 1, 0]) - strengths
        self._jitter_range = np.array([1, 1, 1, 0]) + strengths
        self._jitter_low[:3] = np.maximum(self._jitter_low[:3], 0)
        self._jitter_range -= self._jitter_low

    def keys(self, image_key: Union[int, np.ndarray], number: Union[int, np.ndarray]) -> np.ndarray:
        """What view ``number`` of an image is drawn from, given the image's own key."""
        return mix(image_key, number)

    def draw(
        self, keys: Union[int, np.ndarray], height: Union[int, np.ndarray], width: Union[int, np.ndarray]
    ) -> dict[str, np.ndarray]:
        """Draw the parameters of one view of each image; nothing else in mmcl's views is random.

        Each number has its own counter, so switching one operation off leaves the others' draws as they are.

        Args:
            keys (int or ndarray): One integer below 2**64 a view, shape (N,), as :meth:`keys` gives it.
            height (int or ndarray): Height of the image in pixels, one for all or (N,).
            width (int or ndarray): Width of the image in pixels, one for all or (N,).

        Returns:
            dict[str, ndarray]: Arrays of length N: ``top``, ``left``, ``height``, ``width`` (int64, pixels);
            ``flip``, ``grey``, ``solarize`` (bool); ``brightness``, ``contrast``, ``saturation`` (factors, 1:
            off); ``hue`` (turns, 0 is off); ``blur`` (sigma in pixels, 0 is off); ``order`` (N, 4), which of
            brightness 0, contrast 1, saturation 2 and hue 3 runs first, second, ...; ``turns`` (int64, quarters)
            where views are turned.
        """
        u = self.numbers(keys)
        area, ratio, u = u[:, :_ATTEMPTS], u[:, _ATTEMPTS : 2 * _ATTEMPTS], u[:, 2 * _ATTEMPTS :]
        jitter = self._jitter_low + self._jitter_range * u[:, 4:8]
        jitter[u[:, 3] >= self.jitter_prob] = (1, 1, 1, 0)
        sigma_low, sigma_high = self.blur_sigma
        return dict(
            **self._draw_crop(area, ratio, u[:, :2], height, width),
            flip=u[:, 2] < self.flip_prob,
            brightness=jitter[:, 0],
            contrast=jitter[:, 1],
            saturation=jitter[:, 2],
            hue=jitter[:, 3],
            order=u[:, 8:12].argsort(1),
            grey=u[:, 12] < self.grey_prob,
            blur=(u[:, 13] < self.blur_prob) * (sigma_low + (sigma_high - sigma_low) * u[:, 14]),
            solarize=u[:, 15] < self.solarize_prob,
            **(dict(turns=(4 * u[:, 16]).astype(np.int64)) if self.rotate else {}),
        )

    def numbers(self, keys: Union[int, np.ndarray]) -> np.ndarray:
        """All that is drawn for views, in [0, 1), float64 (N, ...); :data:`DRAWS` tells what is what."""
        return uniform(np.atleast_1d(keys), 2 * _ATTEMPTS + 16 + self.rotate)

    def draw_each(self, keys: Union[int, np.ndarray], height: int, width: int) -> list[dict]:
        """Draw as :meth:`draw`, one dict of plain numbers a view: what ``render_view`` takes."""
        params = {name: values.tolist() for name, values in self.draw(keys, height, width).items()}
        return [dict(zip(params, values)) for values in zip(*params.values())]

    def _draw_crop(
        self, u_area: np.ndarray, u_ratio: np.ndarray, u_corner: np.ndarray, full_height, full_width
    ) -> dict[str, np.ndarray]:
        """RandomResizedCrop: the first of ten boxes that fits, else the largest one in the centre."""
        (low_area, high_area), (low_ratio, high_ratio) = self.crop_scale, self.crop_ratio
        full = np.empty((len(u_area), 2, 1), np.int64)
        full[:, 0, 0], full[:, 1, 0] = full_height, full_width
        area = full[:, 0] * full[:, 1] * (low_area + (high_area - low_area) * u_area)
        ratio = low_ratio * (high_ratio / low_ratio) ** u_ratio
        boxes = np.empty((len(u_area), 2, _ATTEMPTS))  # height, width
        np.divide(area, ratio, out=boxes[:, 0])
        np.multiply(area, ratio, out=boxes[:, 1])
        np.rint(np.sqrt(boxes, out=boxes), out=boxes)
        fits = ((boxes > 0) & (boxes <= full)).all(1)
        rows, first = np.arange(len(boxes)), fits.argmax(1)
        box, full = boxes[rows, :, first].astype(np.int64), full[..., 0]
        corner = (u_corner * (full - box + 1)).astype(np.int64)
        none = ~fits[rows, first]
        if none.any():
            sides = full[none]
            limits = np.rint(sides[:, ::-1] * (1 / low_ratio, high_ratio)).astype(np.int64)
            box[none] = np.minimum(sides, np.maximum(limits, 1))
            corner[none] = (sides - box[none]) // 2
        return dict(top=corner[:, 0], left=corner[:, 1], height=box[:, 0], width=box[:, 1])

    def transform(self, results: dict) -> dict:
        """Replace ``img`` (RGB uint8, HxWxC) by the view of ``view_key`` and ``view_number`` (else 0)."""
        image = pixels(results['img'])
        keys = self.keys(view_key(results), results.get('view_number', 0))
        (params,) = self.draw_each(keys, *image.shape[:2])
        results['img'] = render_view(self, image, params)
        results['img_shape'] = results['img'].shape[:2]
        return results

    def __repr__(self) -> str:
        values = ', '.join(f'{name}={value!r}' for name, value in vars(self).items() if name[0] != '_')
        return f'{type(self).__name__}({values})'


def view_key(results: dict) -> int:
    """The number that decides an image's views in this epoch.

    Raises:
        InputError: The dataset gave none.
    """
    if 'view_key' not in results:
        raise InputError(
            'An image came to its views without a view_key',
            'the results of a dataset of mmcl, which gives every image a key that depends on seed and epoch',
            "Use e.g. type='ImageFolder' as dataset",
        )
    return results['view_key']


def _wrong(name: str, value: object, expected: str, example: object) -> InputError:
    return InputError(
        f'RandomView has {name}={value!r}', expected, f'Set it in the view, e.g. {name}={example!r}'
    )


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _number(name: str, value: float, limit: float, expected: str, example: object) -> float:
    if not _is_number(value) or not 0 <= value <= limit:
        raise _wrong(name, value, expected, example)
    return value


def _probability(name: str, value: float) -> float:
    return _number(name, value, 1, 'a probability from 0 to 1', 0.5)


def _numbers(name: str, values: Sequence[float], count: int, expected: str, example: object) -> tuple:
    if not isinstance(values, (list, tuple)) or len(values) != count or not all(map(_is_number, values)):
        raise _wrong(name, values, expected, example)
    return tuple(values)


def _interval(name: str, values: Sequence[float], example: tuple, limit: float = np.inf) -> tuple:
    expected = 'two numbers (low, high) with 0 < low <= high' + (f' <= {limit}' if limit < np.inf else '')
    low, high = _numbers(name, values, 2, expected, example)
    if not 0 < low <= high <= limit:
        raise _wrong(name, values, expected, example)
    return low, high


def _strengths(values: Sequence[float]) -> tuple:
    expected = 'four strengths (brightness, contrast, saturation, hue), none negative and hue at most 0.5'
    strengths = _numbers('jitter', values, 4, expected, (0.4, 0.4, 0.4, 0.1))
    if min(strengths) < 0 or strengths[3] > 0.5:
        raise _wrong('jitter', values, expected, (0.4, 0.4, 0.4, 0.1))
    return strengths
