"""One view of one image on the CPU, in uint8, as PIL and torchvision round it after every operation."""

import cv2
import numpy as np
import torch

_GREY_WEIGHTS = np.array([0.299, 0.587, 0.114])
_ALL = np.arange(256, dtype=np.float64)


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
    # PyTorch's vectorised uint8 kernel; OpenCV has no antialiasing triangle or cubic filter.
    batch = torch.from_numpy(np.ascontiguousarray(image)).permute(2, 0, 1)[None]
    batch = torch.nn.functional.interpolate(batch, (height, width), mode=interpolation, antialias=True)
    return np.ascontiguousarray(batch[0].permute(1, 2, 0).numpy())


def render_view(recipe, image: np.ndarray, params: dict) -> np.ndarray:
    """Apply one draw of ``recipe`` to one image.

    Args:
        recipe (RandomView): Gives size, interpolation, order of grey and jitter, and the solarisation threshold.
        image (ndarray): RGB or grey, uint8, HxWxC with C 3 or 1.
        params (dict): Values of one view out of ``RandomView.draw``.

    Returns:
        ndarray: uint8, size x size x C. One channel skips what leaves grey images as they are (saturation, hue, grey).
    """
    top, left = params['top'], params['left']
    view = image[top : top + params['height'], left : left + params['width']]
    view = resize(view, recipe.size, recipe.size, recipe.interpolation)
    in_colour = view.shape[2] == 3
    if in_colour and recipe.grey_first and params['grey']:
        view = to_grey(view)
    jitters = (brighten, contrast, saturate, shift_hue)
    amounts = (params['brightness'], params['contrast'], params['saturation'], params['hue'])
    for op in params['order']:
        if amounts[op] != (0 if jitters[op] is shift_hue else 1) and (in_colour or jitters[op] in (brighten, contrast)):
            view = jitters[op](view, amounts[op])
    if in_colour and not recipe.grey_first and params['grey']:
        view = to_grey(view)
    if params['blur']:
        view = blur(view, params['blur'])
    if params['solarize']:
        view = solarize(view, recipe.solarize_threshold)
    return np.ascontiguousarray(view[:, ::-1]) if params['flip'] else view


def brighten(image: np.ndarray, factor: float) -> np.ndarray:
    """Multiply by ``factor`` >= 0 and clip."""
    return _lookup(image, _ALL * factor)


def contrast(image: np.ndarray, factor: float) -> np.ndarray:
    """Move values away from (``factor`` > 1) or towards (< 1) the mean of the grey image."""
    mean = np.asarray(cv2.mean(image))[: image.shape[2]]
    mean = mean @ _GREY_WEIGHTS if image.shape[2] == 3 else mean[0]
    return _lookup(image, mean + (_ALL - mean) * factor)


def saturate(image: np.ndarray, factor: float) -> np.ndarray:
    """Move colours away from (``factor`` > 1) or towards (< 1) the grey image."""
    return cv2.addWeighted(image, factor, to_grey(image), 1 - factor, 0)


def shift_hue(image: np.ndarray, turns: float) -> np.ndarray:
    """Turn the colour circle by ``turns`` in [-0.5, 0.5], at constant saturation and value, in 256 steps."""
    hsv = cv2.cvtColor(image, cv2.COLOR_RGB2HSV_FULL)
    hsv[..., 0] += np.uint8(round(turns * 256) % 256)
    return cv2.cvtColor(hsv, cv2.COLOR_HSV2RGB_FULL)


def to_grey(image: np.ndarray) -> np.ndarray:
    """Grey by the luma weights of ITU-R 601, repeated on three channels."""
    return cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian of standard deviation ``sigma`` > 0 pixels, cut at 4 sigma, edges repeated."""
    side = 2 * int(4 * sigma + 0.5) + 1
    blurred = cv2.GaussianBlur(image, (side, side), sigma, borderType=cv2.BORDER_REPLICATE)
    return blurred.reshape(image.shape)


def solarize(image: np.ndarray, threshold: float) -> np.ndarray:
    """Invert values from ``threshold`` up."""
    return _lookup(image, np.where(_ALL >= threshold, 255 - _ALL, _ALL))


def _lookup(image: np.ndarray, table: np.ndarray) -> np.ndarray:
    return cv2.LUT(image, np.rint(np.clip(table, 0, 255)).astype(np.uint8)).reshape(image.shape)
