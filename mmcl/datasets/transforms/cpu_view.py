"""One view of one image on the CPU, in uint8, as PIL and torchvision compute it.

A view that turns grey is one channel from there on, and three again at the end.
"""

import cv2
import numpy as np
import torch

from .jitter import jitter, to_grey


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
    if not in_colour:
        view = view[..., 0]
    turns_grey = in_colour and params['grey']
    if turns_grey and recipe.grey_first:
        view = to_grey(view)
    view = jitter(
        view, params['order'], *(params[name] for name in ('brightness', 'contrast', 'saturation', 'hue'))
    )
    if turns_grey and not recipe.grey_first:
        view = to_grey(view)
    if params['blur']:
        view = blur(view, params['blur'])
    if params['solarize']:
        view = solarize(view, recipe.solarize_threshold)
    if params['flip']:
        view = cv2.flip(view, 1)
    if params.get('turns'):
        view = np.ascontiguousarray(np.rot90(view, params['turns']))
    if turns_grey:
        return cv2.cvtColor(view, cv2.COLOR_GRAY2RGB)
    return view if in_colour else view[..., None]


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


def blur(image: np.ndarray, sigma: float) -> np.ndarray:
    """Gaussian of standard deviation ``sigma`` > 0 pixels, cut at 3 sigma, edges repeated; (H, W) or (H, W, 3)."""
    radius = int(3 * sigma + 0.5)
    if not radius:
        return image
    # Two to four times faster than cv2.GaussianBlur, whose 8-bit arithmetic is exact to the bit.
    taps = cv2.getGaussianKernel(2 * radius + 1, sigma, cv2.CV_32F)
    return cv2.sepFilter2D(image, -1, taps, taps, borderType=cv2.BORDER_REPLICATE)


def solarize(image: np.ndarray, threshold: float) -> np.ndarray:
    """Invert values from ``threshold`` up; (H, W) or (H, W, 3)."""
    values = np.arange(256)
    return cv2.LUT(image, np.where(values >= threshold, 255 - values, values).astype(np.uint8))
