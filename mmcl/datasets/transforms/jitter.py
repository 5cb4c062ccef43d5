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

    Computed in float32, which OpenCV does as fast as its 8-bit HSV, and without that one's 256 hues.
    """
    hsv = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2HSV)
    # Not a negative angle: the way back takes degrees from 0 up, and any number of turns.
    turn = np.float32([[1, 0, 0, turns % 1 * 360], [0, 1, 0, 0], [0, 0, 1, 0]])
    return cv2.convertScaleAbs(cv2.cvtColor(cv2.transform(hsv, turn), cv2.COLOR_HSV2RGB))


def to_grey(image: np.ndarray) -> np.ndarray:
    """Grey (H, W) of RGB (H, W, 3), by the luma weights of ITU-R 601; uint8."""
    return cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
