"""One view of one image on the CPU, in uint8, as PIL and torchvision round it after every operation."""

import cv2
import numpy as np
import torch

_GREY_WEIGHTS = np.array([0.299, 0.587, 0.114])


def resize(image: np.ndarray, height: int, width: int, interpolation: str = 'bilinear') -> np.ndarray:
    """Resize with antialiasing, equal to Pillow's filters to one grey level.

    Args:
        image (ndarray): uint8, HxWxC.
        height (int): New height in pixels, >= 1.
        width (int): New width in pixels, >= 1.
        interpolation (str): ``'bilinear'`` or ``'bicubic'``.

    Returns:
        ndarray: uint8, height x width x C.
    """
    # PyTorch's vectorised uint8 kernel; OpenCV has no antialiasing triangle or cubic filter. The batch axis comes
    # first because only its stride tells PyTorch that this is channels-last, which halves the time.
    batch = torch.from_numpy(np.ascontiguousarray(image))[None].permute(0, 3, 1, 2)
    batch = torch.nn.functional.interpolate(batch, (height, width), mode=interpolation, antialias=True)
    return np.ascontiguousarray(batch[0].permute(1, 2, 0).numpy())


def render_view(recipe, image: np.ndarray, params: dict) -> np.ndarray:
    """Apply one draw of ``recipe`` to one image.

    Args:
        recipe (RandomView): Gives size, interpolation, order of grey and jitter, and the solarisation
            threshold.
        image (ndarray): RGB or grey, uint8, HxWxC with C 3 or 1.
        params (dict): Values of one view out of ``RandomView.draw``.

    Returns:
        ndarray: uint8, size x size x C. One channel skips what leaves grey images as they are: saturation,
        hue, grey.
    """
    top, left = params['top'], params['left']
    view = image[top : top + params['height'], left : left + params['width']]
    view = resize(view, recipe.size, recipe.size, recipe.interpolation)
    in_colour = view.shape[2] == 3
    turn_grey = in_colour and params['grey']
    if turn_grey and recipe.grey_first:
        view = to_grey(view)
    for op in params['order']:
        name, adjust, nothing, for_colour = _JITTERS[op]
        if params[name] != nothing and (in_colour or not for_colour):
            view = adjust(view, float(params[name]))
    if turn_grey and not recipe.grey_first:
        view = to_grey(view)
    if params['blur']:
        view = blur(view, float(params['blur']))
    if params['solarize']:
        view = solarize(view, recipe.solarize_threshold)
    return cv2.flip(view, 1).reshape(view.shape) if params['flip'] else view


def brighten(image: np.ndarray, factor: float) -> np.ndarray:
    """Multiply by ``factor`` >= 0 and clip."""
    return cv2.addWeighted(image, factor, image, 0, 0).reshape(image.shape)


def contrast(image: np.ndarray, factor: float) -> np.ndarray:
    """Move values away from (``factor`` > 1) or towards (< 1) the mean of the grey image."""
    means = cv2.mean(image)
    mean = float(np.dot(means[:3], _GREY_WEIGHTS)) if image.shape[2] == 3 else means[0]
    return cv2.addWeighted(image, factor, image, 0, (1 - factor) * mean).reshape(image.shape)


def saturate(image: np.ndarray, factor: float) -> np.ndarray:
    """Move colours away from (``factor`` > 1) or towards (< 1) the grey image."""
    return cv2.addWeighted(image, factor, to_grey(image), 1 - factor, 0)


def shift_hue(image: np.ndarray, turns: float) -> np.ndarray:
    """Turn the colour circle by ``turns`` in [-0.5, 0.5] at constant saturation and value.

    Computed in float32, which OpenCV does faster than its 8-bit HSV, and without that one's 256 hues.
    """
    hsv = cv2.cvtColor(image.astype(np.float32), cv2.COLOR_RGB2HSV)
    # Not a negative angle: the way back takes degrees from 0 up, and any number of turns.
    hsv = cv2.add(hsv, (turns % 1 * 360, 0, 0, 0))
    return cv2.convertScaleAbs(cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB))


def to_grey(image: np.ndarray) -> np.ndarray:
    """Grey by the luma weights of ITU-R 601, repeated on three channels."""
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian of standard deviation ``sigma`` > 0 pixels, cut at 3 sigma, edges repeated."""
    # Two to four times faster than cv2.GaussianBlur, whose 8-bit arithmetic is exact to the bit.
    taps = cv2.getGaussianKernel(2 * int(3 * sigma + 0.5) + 1, sigma, cv2.CV_32F)
    return cv2.sepFilter2D(image, -1, taps, taps, borderType=cv2.BORDER_REPLICATE).reshape(image.shape)


def solarize(image: np.ndarray, threshold: float) -> np.ndarray:
    """Invert values from ``threshold`` up."""
    values = np.arange(256)
    return cv2.LUT(image, np.where(values >= threshold, 255 - values, values).astype(np.uint8)).reshape(
        image.shape
    )


# In the numbering of the order that RandomView draws: parameter, operation, value that changes nothing,
# colour only.
_JITTERS = (
    ('brightness', brighten, 1, False),
    ('contrast', contrast, 1, False),
    ('saturation', saturate, 1, True),
    ('hue', shift_hue, 0, True),
)
