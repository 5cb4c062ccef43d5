"""A random view as a recipe and as numbers: what is drawn here is applied by ``cpu_view`` and ``batch_view`` alike."""

from collections.abc import Sequence
from numbers import Real
from typing import Dict, Optional, Union

import numpy as np
from mmcv.transforms import BaseTransform

from mmcl.registry import TRANSFORMS
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix, uniform

from .cpu_view import render_view

INTERPOLATIONS = ('bilinear', 'bicubic')
JITTER_OPS = BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)
_ATTEMPTS = 10  # as in torchvision's RandomResizedCrop
Params = Dict[str, np.ndarray]


@TRANSFORMS.register_module()
class RandomView(BaseTransform):
    """One random view of an image: crop and resize, colour jitter, grey, blur, solarise, flip, in this order.

    The distribution is that of torchvision's transforms of the same names on PIL images; a blur is a Gaussian with edges repeated.
    Brightness multiplies (torchvision, SimCLR v2); BYOL's own code adds.

    Used in a pipeline it replaces ``img`` of one image (OpenCV, see ``cpu_view``), given ``view_key`` and, from ``MultiView``,
    ``view_number``. Listed in ``ViewPreprocessor.views`` the same recipe is applied to batches on the device (``batch_view``).

    Args:
        size (int): Side of the view in pixels, >= 1.
        crop_scale (tuple[float, float]): Range of the crop's share of the image's area, 0 < low <= high <= 1.
        crop_ratio (tuple[float, float]): Range of width / height, drawn log-uniformly, 0 < low <= high.
        interpolation (str): ``'bilinear'`` or ``'bicubic'``, both with antialiasing.
        flip_prob (float): Probability of a horizontal flip, in [0, 1].
        jitter (tuple[float, float, float, float], optional): Strength of brightness, contrast and saturation, each >= 0, whose factors are
            drawn from [max(0, 1 - strength), 1 + strength], and of hue in [0, 0.5], in turns of the colour circle; the four run in random
            order. None switches it off.
        jitter_prob (float): Probability of the jitter, in [0, 1].
        grey_prob (float): Probability of a grey view, in [0, 1].
        grey_first (bool): Grey before the jitter, as NPID does, instead of after it.
        blur_prob (float): Probability of the blur, in [0, 1].
        blur_sigma (tuple[float, float]): Range of the blur's standard deviation in pixels of the view, 0 < low <= high.
        solarize_prob (float): Probability that values from ``solarize_threshold`` up are inverted, in [0, 1].
        solarize_threshold (float): In [0, 255].

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
    ) -> None:
        if isinstance(size, bool) or not isinstance(size, int) or size < 1:
            raise _wrong('size', size, 'a whole number of pixels, at least 1', 224)
        if interpolation not in INTERPOLATIONS:
            raise _wrong('interpolation', interpolation, "'bilinear' or 'bicubic'", "'bilinear'")
        self.size = size
        self.crop_scale = _interval('crop_scale', crop_scale, 1)
        self.crop_ratio = _interval('crop_ratio', crop_ratio)
        self.interpolation = interpolation
        self.flip_prob = _probability('flip_prob', flip_prob)
        self.jitter = None if jitter is None else _strengths(jitter)
        self.jitter_prob = _probability('jitter_prob', jitter_prob)
        self.grey_prob = _probability('grey_prob', grey_prob)
        self.grey_first = grey_first
        self.blur_prob = _probability('blur_prob', blur_prob)
        self.blur_sigma = _interval('blur_sigma', blur_sigma)
        self.solarize_prob = _probability('solarize_prob', solarize_prob)
        if not _is_number(solarize_threshold) or not 0 <= solarize_threshold <= 255:
            raise _wrong('solarize_threshold', solarize_threshold, 'a number from 0 to 255', 128)
        self.solarize_threshold = solarize_threshold

    def draw(self, keys: np.ndarray, height: Union[int, np.ndarray], width: Union[int, np.ndarray]) -> Params:
        """Draw the parameters of one view of each image; nothing else in mmcl's views is random.

        Each number has its own counter, so switching one operation off leaves the other operations' draws as they are.

        Args:
            keys (ndarray): One integer a view, shape (N,).
            height (int or ndarray): Image height in pixels, one for all or (N,).
            width (int or ndarray): Image width in pixels, one for all or (N,).

        Returns:
            dict[str, ndarray]: Arrays of length N: ``top``, ``left``, ``height``, ``width`` (int64, pixels); ``flip``, ``grey``,
            ``solarize`` (bool); ``brightness``, ``contrast``, ``saturation`` (factors, 1 = off), ``hue`` (turns, 0 = off);
            ``blur`` (sigma in pixels, 0 = off); ``order`` (N, 4): which jitter runs first, second, ... .
        """
        u = uniform(np.atleast_1d(keys), 2 * _ATTEMPTS + 16)
        crop = self._draw_crop(u[:, :_ATTEMPTS], u[:, _ATTEMPTS : 2 * _ATTEMPTS], u[:, 2 * _ATTEMPTS : 2 * _ATTEMPTS + 2], height, width)
        u = u[:, 2 * _ATTEMPTS + 2 :]
        strengths = np.array(self.jitter or (0, 0, 0, 0))
        low, high = np.append(np.maximum(0, 1 - strengths[:3]), -strengths[3]), np.append(1 + strengths[:3], strengths[3])
        jitter = low + (high - low) * u[:, 2:6]
        jitter[u[:, 1] >= self.jitter_prob] = (1, 1, 1, 0)
        sigma = self.blur_sigma[0] + (self.blur_sigma[1] - self.blur_sigma[0]) * u[:, 12]
        return dict(
            **crop,
            flip=u[:, 0] < self.flip_prob,
            brightness=jitter[:, 0],
            contrast=jitter[:, 1],
            saturation=jitter[:, 2],
            hue=jitter[:, 3],
            order=u[:, 6:10].argsort(1),
            grey=u[:, 10] < self.grey_prob,
            blur=np.where(u[:, 11] < self.blur_prob, sigma, 0),
            solarize=u[:, 13] < self.solarize_prob,
        )

    def _draw_crop(self, u_area: np.ndarray, u_ratio: np.ndarray, u_corner: np.ndarray, height, width) -> Params:
        """RandomResizedCrop: the first of ten boxes that fits, else the largest centred box whose ratio is allowed."""
        full_h, full_w = (np.broadcast_to(np.asarray(side, np.int64), len(u_area)) for side in (height, width))
        (a0, a1), (r0, r1) = self.crop_scale, self.crop_ratio
        area = (full_h * full_w)[:, None] * (a0 + (a1 - a0) * u_area)
        ratio = r0 * (r1 / r0) ** u_ratio
        w, h = np.rint(np.sqrt(area * ratio)).astype(np.int64), np.rint(np.sqrt(area / ratio)).astype(np.int64)
        fits = (0 < w) & (w <= full_w[:, None]) & (0 < h) & (h <= full_h[:, None])
        rows, first, found = np.arange(len(w)), fits.argmax(1), fits.any(1)
        h, w = h[rows, first], w[rows, first]
        top, left = (u_corner * np.stack([full_h - h + 1, full_w - w + 1], 1)).astype(np.int64).T
        if not found.all():
            fallback_h = np.minimum(full_h, np.maximum(1, np.rint(full_w / r0).astype(np.int64)))
            fallback_w = np.minimum(full_w, np.maximum(1, np.rint(full_h * r1).astype(np.int64)))
            h, w = np.where(found, h, fallback_h), np.where(found, w, fallback_w)
            top, left = np.where(found, top, (full_h - h) // 2), np.where(found, left, (full_w - w) // 2)
        return dict(top=top, left=left, height=h, width=w)

    def transform(self, results: dict) -> dict:
        """Replace ``img`` (RGB uint8, HxWxC) by the view that ``view_key`` and ``view_number`` (0 if absent) determine."""
        image = results['img']
        params = self.draw(mix(results['view_key'], results.get('view_number', 0)), *image.shape[:2])
        results['img'] = render_view(self, image, {name: values[0] for name, values in params.items()})
        results['img_shape'] = results['img'].shape[:2]
        return results

    def __repr__(self) -> str:
        return f'{type(self).__name__}({", ".join(f"{name}={value!r}" for name, value in vars(self).items())})'


def _wrong(name: str, value: object, expected: str, example: object) -> InputError:
    return InputError(f'RandomView has {name}={value!r}', expected, f'Set {name} in the view, e.g. {name}={example}')


def _is_number(value: object) -> bool:
    return isinstance(value, Real) and not isinstance(value, bool)


def _probability(name: str, value: float) -> float:
    if not _is_number(value) or not 0 <= value <= 1:
        raise _wrong(name, value, 'a probability from 0 to 1', 0.5)
    return value


def _numbers(name: str, values: Sequence[float], count: int, expected: str, example: object) -> tuple:
    if not isinstance(values, Sequence) or len(values) != count or not all(map(_is_number, values)):
        raise _wrong(name, values, expected, example)
    return tuple(values)


def _interval(name: str, values: Sequence[float], limit: float = np.inf) -> tuple:
    expected = 'two numbers (low, high) with 0 < low <= high' + (f' <= {limit}' if limit < np.inf else '')
    low, high = _numbers(name, values, 2, expected, '(0.2, 1.0)')
    if not 0 < low <= high <= limit:
        raise _wrong(name, values, expected, '(0.2, 1.0)')
    return low, high


def _strengths(values: Sequence[float]) -> tuple:
    expected = 'four strengths (brightness, contrast, saturation, hue), none negative and hue at most 0.5'
    strengths = _numbers('jitter', values, 4, expected, '(0.4, 0.4, 0.4, 0.1)')
    if min(strengths) < 0 or strengths[3] > 0.5:
        raise _wrong('jitter', values, expected, '(0.4, 0.4, 0.4, 0.1)')
    return strengths
