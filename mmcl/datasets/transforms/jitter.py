"""Colour jitter of one uint8 image, in as few passes as clipping allows."""

from collections.abc import Sequence

import cv2
import numpy as np

BRIGHTNESS, CONTRAST, SATURATION, HUE = range(4)  # as in the order that RandomView draws
_GREY_WEIGHTS = (0.299, 0.587, 0.114)
_UNCHANGED = (1.0, 0.0, 0.0)


def jitter(
    image: np.ndarray,
    order: Sequence[int] = (BRIGHTNESS, CONTRAST, SATURATION, HUE),
    brightness: float = 1.0,
    contrast: float = 1.0,
    saturation: float = 1.0,
    hue: float = 0.0,
) -> np.ndarray:
    """Change brightness, contrast, saturation and hue in the given order, as torchvision's ``adjust_*`` do.

    Each of the first three is ``own * image + grey * grey(image) + offset``, and so are several in a row, unless
    a value is clipped between two. A factor of at most 1 blends with black, the mean or the grey, which lie in
    [0, 255] like the image: nothing is clipped. So one pass does all up to a factor above 1, or up to the hue;
    only the rounding between operations is left out.

    Args:
        image (ndarray): RGB (H, W, 3) or grey (H, W), uint8. Saturation and hue leave grey as it is.
        order (Sequence[int]): Which of brightness 0, contrast 1, saturation 2 and hue 3 runs first, second, ...
        brightness (float): Factor >= 0 that blends with black.
        contrast (float): Factor >= 0 that blends with the mean of the grey image.
        saturation (float): Factor >= 0 that blends with the grey image.
        hue (float): Turns of the colour circle, in [-0.5, 0.5].

    Returns:
        ndarray: uint8, of the shape of ``image``.
    """
    factors = (brightness, contrast, saturation)
    in_colour = image.ndim == 3
    waiting, clips = _UNCHANGED, False
    for op in order:
        if op == HUE:
            if hue and in_colour:
                image, waiting, clips = shift_hue(_blend(image, waiting), hue), _UNCHANGED, False
            continue
        factor = factors[op]
        if factor == 1 or (op == SATURATION and not in_colour):
            continue
        if clips:
            image, waiting = _blend(image, waiting), _UNCHANGED
        own, grey, offset = waiting
        added_grey = 1 - factor if op == SATURATION else 0
        added = (1 - factor) * ((own + grey) * _grey_mean(image) + offset) if op == CONTRAST else 0
        waiting = (
            factor * own,
            factor * grey + added_grey * (own + grey),
            (factor + added_grey) * offset + added,
        )
        clips = factor > 1
    return _blend(image, waiting)


def _blend(image: np.ndarray, shares: tuple[float, float, float]) -> np.ndarray:
    """``own * image + grey * grey(image) + offset`` for ``shares`` (own, grey, offset), rounded and clipped."""
    if shares == _UNCHANGED:
        return image
    own, grey, offset = shares
    if image.ndim == 2:
        return cv2.addWeighted(image, own + grey, image, 0, offset)
    red, green, blue = (grey * weight for weight in _GREY_WEIGHTS)
    matrix = (
        (own + red, green, blue, offset),
        (red, own + green, blue, offset),
        (red, green, own + blue, offset),
    )
    return cv2.transform(image, np.array(matrix))


def _grey_mean(image: np.ndarray) -> float:
    means = cv2.mean(image)
    if image.ndim == 2:
        return means[0]
    return sum(mean * weight for mean, weight in zip(means, _GREY_WEIGHTS))


def shift_hue(image: np.ndarray, turns: float) -> np.ndarray:
    """Turn the colour circle by ``turns`` in [-0.5, 0.5] at constant saturation and value; RGB (H, W, 3) uint8.

    In HSV a channel stays at the pixel's highest or lowest value for two of the circle's six parts, and between
    them runs straight. So a turn of half a part or less adds or subtracts that share of highest - lowest, of
    which the next channel, where it is near its own end, has used up some. Whole parts swap the channels, and
    an odd number of them highest and lowest too. Saturating bytes do it in half the time of HSV in float32; only
    the share is rounded.
    """
    parts = round(6 * turns)
    rest = 6 * turns - parts
    planes = split(image)
    low = cv2.min(cv2.min(planes[0], planes[1]), planes[2])
    high = cv2.max(cv2.max(planes[0], planes[1]), planes[2])
    if parts % 2:
        planes = [cv2.subtract(high, cv2.subtract(plane, low)) for plane in planes]
        parts -= 3
    share = cv2.convertScaleAbs(cv2.subtract(high, low), alpha=abs(rest))
    fall_above, rise_below = cv2.subtract(high, share), cv2.add(low, share)
    turned = []
    for number, plane in enumerate(planes):
        following = planes[(number + (1 if rest > 0 else 2)) % 3]
        value = cv2.subtract(following, fall_above)
        value = cv2.max(cv2.subtract(plane, value, value), low, value)
        value = cv2.add(value, cv2.subtract(rise_below, following), value)
        turned.append(cv2.min(value, high, value))
    return cv2.merge([turned[(number - parts // 2) % 3] for number in range(3)])


def split(image: np.ndarray) -> np.ndarray:
    """Planes (3, H, W) of (H, W, 3), uint8."""
    planes = np.empty((3, *image.shape[:2]), np.uint8)
    cv2.split(image, list(planes))  # into one array: five times faster than NumPy, twice than cv2's three
    return planes


def to_grey(image: np.ndarray) -> np.ndarray:
    """Grey (H, W) of RGB (H, W, 3), by the luma weights of ITU-R 601; uint8."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
