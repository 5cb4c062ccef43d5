"""Views of a whole batch at once, on any device, in float32.

Crop, resize and flip are separable: two products with one small matrix a sample; a blur is two more. Brightness, contrast and saturation
are a 3x3 colour matrix and an offset a sample. Values are clipped to [0, 255] after each operation, as torchvision does, but not rounded.
Parameters come from the host, so no step waits for the device. Work grows with size * (H + W): made for small images in memory.
"""

from functools import lru_cache
from typing import Callable, Dict, Tuple

import numpy as np
import torch
from torch import Tensor

from mmcl.utils.errors import InputError

_GREY_WEIGHTS = (0.299, 0.587, 0.114)
_CHUNK = 64  # views worked on at once on a CPU: they stay in its cache
_BRIGHTNESS, _CONTRAST, _SATURATION, _HUE = range(4)  # the numbering of ``RandomView.draw``'s order
_Params = Dict[str, np.ndarray]


@torch.no_grad()
def batch_view(recipe, images: Tensor, params: _Params) -> Tensor:
    """Apply one draw of ``recipe`` to each image.

    Args:
        recipe (RandomView): Gives size, interpolation, order of grey and jitter, and the solarisation threshold.
        images (Tensor): (N, C, H, W), C 3 (RGB) or 1, uint8 or float, values 0-255.
        params (dict): ``RandomView.draw`` for these N images.

    Returns:
        Tensor: float32 (N, C, size, size), values 0-255. One channel skips what leaves grey images as they are (saturation, hue, grey).

    Raises:
        InputError: ``images`` is not a batch of images with one or three channels.
    """
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise InputError(
            f'A batch of shape {tuple(images.shape)} came to the views',
            'images of one or three channels, (N, 1, H, W) or (N, 3, H, W)',
            'Check the dataset and the pipeline',
        )
    step = _CHUNK if images.device.type == 'cpu' else max(len(images), 1)
    views = images.new_empty((*images.shape[:2], recipe.size, recipe.size), dtype=torch.float32)
    with torch.autocast(images.device.type, enabled=False):
        for start in range(0, len(images), step):
            part = slice(start, start + step)
            views[part] = _render(recipe, images[part], {name: values[part] for name, values in params.items()})
    return views


def _render(recipe, images: Tensor, params: _Params) -> Tensor:
    in_colour = images.shape[1] == 3
    numbers, subsets = _plan(params, in_colour, images.device)
    views = crop_resize_flip(images.float(), numbers['crop'], recipe.size, recipe.interpolation)
    if recipe.grey_first:
        _apply_to(subsets['grey'], to_grey, views)
    if recipe.jitter is not None:
        for step in range(4 if in_colour else 2):
            views = blend(views, *numbers['blend'][step])
            _apply_to(subsets['hue', step], shift_hue, views, numbers['hue'])
    if not recipe.grey_first:
        _apply_to(subsets['grey'], to_grey, views)
    radius = int(4 * recipe.blur_sigma[1] + 0.5)
    _apply_to(subsets['blur'], lambda x, sigma: blur(x, sigma, radius), views, numbers['blur'])
    _apply_to(subsets['solarize'], lambda x: solarize(x, recipe.solarize_threshold), views)
    return views


def _apply_to(subset: Tensor, op: Callable[..., Tensor], views: Tensor, *args: Tensor) -> None:
    """Replace the views that ``subset`` (K,) counts by ``op(views, *args)``, each of them restricted to the subset."""
    if len(subset):
        views.index_copy_(0, subset, op(views[subset], *(arg[subset] for arg in args)))


def _plan(params: _Params, in_colour: bool, device: torch.device) -> Tuple[dict, dict]:
    """Turn a draw into tensors on ``device``, by two copies: what is computed with, and which samples each partial operation has."""
    order = params['order'] if in_colour else params['order'][params['order'] < _SATURATION].reshape(-1, 2)
    amounts = np.stack([params['brightness'], params['contrast'], params['saturation'], np.ones(len(order))], 1)
    factor = np.take_along_axis(amounts, order, 1)
    # A step blends the view with black (brightness), its mean (contrast) or its grey (saturation); hue's turn leaves it: factor 1.
    blends = np.stack([factor, (1 - factor) * (order == _SATURATION), (1 - factor) * (order == _CONTRAST)])
    columns = [params[name] for name in ('top', 'height', 'left', 'width', 'flip', 'hue', 'blur')]
    floats = torch.from_numpy(np.concatenate([np.stack(columns), *blends.transpose(2, 0, 1)]).astype(np.float32)).to(device)
    numbers = dict(crop=floats[:5], hue=floats[5], blur=floats[6], blend=floats[7:].view(-1, 3, len(order)))

    masks = {'grey': params['grey'] & in_colour, 'blur': params['blur'] > 0, 'solarize': params['solarize']}
    masks.update({('hue', step): (order[:, step] == _HUE) & (params['hue'] != 0) for step in range(order.shape[1])})
    picked = [mask.nonzero()[0] for mask in masks.values()]
    indices = torch.from_numpy(np.concatenate(picked)).to(device)
    return numbers, dict(zip(masks, indices.split([len(rows) for rows in picked])))


def crop_resize_flip(images: Tensor, crop: Tensor, size: int, interpolation: str) -> Tensor:
    """Cut a box out of each image, resize it with antialiasing as Pillow and PyTorch do, and mirror it where asked.

    Args:
        images (Tensor): Float (N, C, H, W).
        crop (Tensor): Float (5, N): top, height, left, width in pixels, and 1 for a horizontal flip or 0.
        size (int): Side of the result.
        interpolation (str): ``'bilinear'`` or ``'bicubic'``.

    Returns:
        Tensor: Float (N, C, size, size), in [0, 255].
    """
    top, height, left, width, flip = crop
    num, channels, full_height, full_width = images.shape
    rows = _resize_weights(top, height, torch.zeros_like(flip), full_height, size, interpolation)
    columns = _resize_weights(left, width, flip, full_width, size, interpolation)
    views = torch.bmm(images.reshape(num, channels * full_height, full_width), columns.transpose(1, 2))
    views = torch.matmul(rows[:, None], views.view(num, channels, full_height, size))
    return views.clamp_(0, 255) if interpolation == 'bicubic' else views


def _resize_weights(start: Tensor, length: Tensor, flip: Tensor, extent: int, size: int, interpolation: str) -> Tensor:
    """What each pixel along one axis gives to each pixel of the result, (N, size, extent); rows sum to 1, nothing from outside the crop."""
    scale = (length / size)[:, None]
    spread = scale.clamp(min=1)  # a shrinking filter is as wide as a pixel of the result
    pixel = torch.arange(extent, device=start.device, dtype=start.dtype) + 0.5
    place = torch.arange(size, device=start.device, dtype=start.dtype) + 0.5
    place = place + flip[:, None] * (size - 2 * place)
    centre = (start[:, None] + scale * place) / spread
    distance = (pixel / spread)[:, None, :].sub(centre[:, :, None]).abs_()
    if interpolation == 'bilinear':
        weights = distance.neg_().add_(1).clamp_(min=0)
    else:  # Keys' cubic with a = -0.5
        near = (1.5 * distance - 2.5) * distance * distance + 1
        far = ((-0.5 * distance + 2.5) * distance - 4) * distance + 2
        weights = torch.where(distance < 1, near, torch.where(distance < 2, far, 0))
    inside = (pixel > start[:, None]) & (pixel < (start + length)[:, None])
    weights *= inside[:, None, :]
    return weights / weights.sum(2, keepdim=True)


def blend(views: Tensor, factor: Tensor, to_grey: Tensor, to_mean: Tensor) -> Tensor:
    """``factor * view + to_grey * grey(view) + to_mean * mean(grey(view))``, clipped: brightness, contrast or saturation a sample.

    Args:
        views (Tensor): (N, C, H, W), values 0-255.
        factor (Tensor): (N,), the operation's factor f.
        to_grey (Tensor): (N,), 1 - f for saturation, else 0; not used with one channel.
        to_mean (Tensor): (N,), 1 - f for contrast, else 0.
    """
    flat = views.flatten(2)
    weights = views.new_tensor(_GREY_WEIGHTS if views.shape[1] == 3 else (1.0,))
    offset = (to_mean * (flat.mean(2) @ weights)).view(-1, 1, 1)
    if views.shape[1] == 1:
        mixed = (flat * factor.view(-1, 1, 1)).add_(offset)
    else:
        colours = factor.view(-1, 1, 1) * torch.eye(3, device=views.device) + to_grey.view(-1, 1, 1) * weights
        mixed = torch.baddbmm(offset, colours, flat)
    return mixed.clamp_(0, 255).view_as(views)


def to_grey(views: Tensor) -> Tensor:
    """Grey by the luma weights of ITU-R 601, repeated on three channels; (N, 3, H, W)."""
    red, green, blue = views.unbind(1)
    grey = (red * _GREY_WEIGHTS[0]).add_(green, alpha=_GREY_WEIGHTS[1]).add_(blue, alpha=_GREY_WEIGHTS[2])
    return grey[:, None].expand_as(views)


def shift_hue(views: Tensor, turns: Tensor) -> Tensor:
    """Turn the colour circle by ``turns`` (N,) at constant saturation and value; views (N, 3, H, W).

    A channel is ``low + span * clip(|(h + n) mod 6 - 3| - 1, 0, 1)`` of hue h in sixths, n = 0, 4, 2 for red, green, blue: HSV to RGB
    without its six cases.
    """
    red, green, blue = views.unbind(1)
    high, low = torch.maximum(torch.maximum(red, green), blue), torch.minimum(torch.minimum(red, green), blue)
    span = high - low
    inverse = span.clamp(min=1e-6).reciprocal_()  # grey has no hue: every numerator below is 0 there
    hue = torch.where(
        high == red,
        (green - blue) * inverse,
        torch.where(high == green, (blue - red) * inverse + 2, (red - green) * inverse + 4),
    )
    circle = hue.div_(6).add_(turns.view(-1, 1, 1) + 0.5)
    result = torch.empty_like(views)
    for channel, third in enumerate((0, 2 / 3, 1 / 3)):
        position = circle + third
        height = position.sub_(position.round()).abs_().mul_(6).sub_(1).clamp_(0, 1)
        torch.addcmul(low, span, height, out=result[:, channel])
    return result


def blur(views: Tensor, sigma: Tensor, radius: int) -> Tensor:
    """Gaussian of standard deviation ``sigma`` (N,) in pixels, cut at ``radius``, edges repeated; views (N, C, S, S)."""
    size = views.shape[-1]
    taps = torch.arange(-radius, radius + 1, device=views.device, dtype=views.dtype)
    taps = (-0.5 * (taps / sigma[:, None]) ** 2).softmax(1)
    weights = (taps @ _tap_places(size, radius, views.device)).view(-1, 1, size, size)
    return weights @ views @ weights.transpose(2, 3)


@lru_cache(maxsize=8)
def _tap_places(size: int, radius: int, device: torch.device) -> Tensor:
    """Which entries of a size x size matrix a tap adds to, (2 * radius + 1, size * size); beyond the edge it is the edge."""
    row = torch.arange(size)
    tap = torch.arange(2 * radius + 1)
    column = (row + tap[:, None] - radius).clamp(0, size - 1)
    places = torch.zeros(2 * radius + 1, size, size).scatter_(2, column[:, :, None], 1.0)
    return places.flatten(1).to(device)


def solarize(views: Tensor, threshold: float) -> Tensor:
    """Invert values from ``threshold`` up; values that round to the threshold count, as in uint8."""
    return torch.where(views >= threshold - 0.5, 255 - views, views)
