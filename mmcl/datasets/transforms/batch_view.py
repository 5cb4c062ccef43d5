"""Views of a whole batch at once, on any device, in float32.

Crop, resize and flip are separable: two products with one small matrix a sample; a blur is two more.
Brightness, contrast and saturation are a 3x3 colour matrix and an offset a sample. Values are clipped to
[0, 255] after each operation as torchvision does, but not rounded. Choices between two values are written as
arithmetic, which is several times faster on a CPU than masks. Parameters come from the host, so no step waits
for the device. Work grows with size * (H + W): this is made for small images in memory.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from mmcl.utils.errors import InputError

_GREY_WEIGHTS = (0.299, 0.587, 0.114)
_SATURATION, _HUE = 2, 3  # in the numbering of the order that RandomView draws
_STEEP = 1e30  # (a - b) * _STEEP, clipped to [0, 1], says whether a > b


@torch.no_grad()
def batch_view(recipe, images: Tensor, params: dict[str, np.ndarray]) -> Tensor:
    """Apply one draw of ``recipe`` to each image.

    Args:
        recipe (RandomView): Gives size, interpolation, order of grey and jitter, and the solarisation
            threshold.
        images (Tensor): (N, C, H, W), C 3 (RGB) or 1, uint8 or float, values 0-255.
        params (dict): ``RandomView.draw`` for these N images.

    Returns:
        Tensor: float32 (N, C, size, size), values 0-255. One channel skips what leaves grey images as they
        are: saturation, hue, grey.

    Raises:
        InputError: ``images`` is not a batch of images with one or three channels.
    """
    if images.ndim != 4 or images.shape[1] not in (1, 3):
        raise InputError(
            f'A batch of shape {tuple(images.shape)} came to the views',
            'images of one or three channels, (N, 1, H, W) or (N, 3, H, W)',
            'Check the dataset and the pipeline',
        )
    in_colour = images.shape[1] == 3
    with _no_autocast(images.device.type):
        numbers, subsets = _plan(params, in_colour, images.device)
        views = crop_resize_flip(images.float(), numbers['crop'], recipe.size, recipe.interpolation)
        if recipe.grey_first:
            _apply_to(subsets['grey'], to_grey, views)
        if recipe.jitter is not None:
            for step, amounts in enumerate(numbers['blend']):
                _apply_to(subsets['hue', step], shift_hue, views, numbers['hue'])
                views = blend(views, *amounts)
            _apply_to(subsets['hue', len(numbers['blend'])], shift_hue, views, numbers['hue'])
        radius = int(4 * recipe.blur_sigma[1] + 0.5)
        if not recipe.grey_first:
            _apply_to(subsets['grey'], to_grey, views)
        _apply_to(subsets['blur'], lambda x, sigma: blur(x, sigma, radius), views, numbers['blur'])
        _apply_to(subsets['solarize'], lambda x: solarize(x, recipe.solarize_threshold), views)
    return views


def _no_autocast(device_type: str) -> AbstractContextManager:
    """Products in float32, inside a learner's autocast too."""
    if torch.amp.is_autocast_available(device_type):
        return torch.autocast(device_type, enabled=False)
    return nullcontext()


def _apply_to(subset: Tensor, op: Callable[..., Tensor], views: Tensor, *args: Tensor) -> None:
    """Replace the views that ``subset`` (K,) lists by ``op`` of them and of the same rows of ``args``."""
    if len(subset):
        views.index_copy_(0, subset, op(views[subset], *(arg[subset] for arg in args)))


def _plan(params: dict[str, np.ndarray], in_colour: bool, device: torch.device) -> tuple[dict, dict]:
    """Put a draw on ``device`` by two copies: numbers, and the samples that each partial operation is for."""
    order, num_blends = params['order'], 3 if in_colour else 2
    blends_before_hue = (order == _HUE).argmax(1) if in_colour else np.zeros(len(order), np.int64)
    order = order[order < num_blends].reshape(-1, num_blends)
    # A step blends the view with black (brightness), its mean (contrast) or its grey (saturation).
    factors = [params['brightness'], params['contrast'], params['saturation']]
    factor = np.take_along_axis(np.stack(factors, 1), order, 1)
    blends = np.stack(
        [factor, (1 - factor) * (order == _SATURATION), (1 - factor) * (order == _SATURATION - 1)]
    )
    columns = [params[name] for name in ('top', 'height', 'left', 'width', 'flip', 'hue', 'blur')]
    floats = np.concatenate([np.stack(columns), *blends.transpose(2, 0, 1)]).astype(np.float32)
    floats = torch.from_numpy(floats).to(device)
    numbers = dict(crop=floats[:5], hue=floats[5], blur=floats[6], blend=floats[7:].view(-1, 3, len(order)))

    masks = {'grey': params['grey'] & in_colour, 'blur': params['blur'] > 0, 'solarize': params['solarize']}
    for step in range(num_blends + 1):
        masks['hue', step] = (blends_before_hue == step) & (params['hue'] != 0) & in_colour
    picked = [mask.nonzero()[0] for mask in masks.values()]
    indices = torch.from_numpy(np.concatenate(picked)).to(device)
    return numbers, dict(zip(masks, indices.split([len(rows) for rows in picked])))


def crop_resize_flip(images: Tensor, crop: Tensor, size: int, interpolation: str) -> Tensor:
    """Cut a box out of each image, resize it with antialiasing as Pillow does, and mirror it where asked.

    Args:
        images (Tensor): Float (N, C, H, W).
        crop (Tensor): Float (5, N): top, height, left, width in pixels, and 1 for a horizontal flip, else 0.
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


def _resize_weights(
    start: Tensor, length: Tensor, flip: Tensor, extent: int, size: int, interpolation: str
) -> Tensor:
    """What the result's pixels along one axis take from the image's, (N, size, extent); rows sum to 1."""
    scale = (length / size)[:, None]
    spread = scale.clamp(min=1)  # a shrinking filter is as wide as a pixel of the result
    pixel = torch.arange(extent, device=start.device) + 0.5
    place = torch.arange(size, device=start.device) + 0.5
    place = place + flip[:, None] * (size - 2 * place)
    centre = (start[:, None] + scale * place) / spread
    distance = (pixel / spread)[:, None, :].sub(centre[:, :, None]).abs_()
    if interpolation == 'bilinear':
        weights = distance.neg_().add_(1).clamp_(min=0)
    else:  # Keys' cubic with a = -0.5: one polynomial up to 1, another up to 2, each 0 at its ends
        near, far = distance.clamp(max=1), distance.clamp_(1, 2)
        weights = ((1.5 * near).sub_(2.5).mul_(near).mul_(near)).add_(1)
        weights += ((-0.5 * far).add_(2.5).mul_(far).sub_(4).mul_(far)).add_(2)
    inside = (pixel > start[:, None]) & (pixel < (start + length)[:, None])
    weights *= inside[:, None, :].to(weights.dtype)
    return weights.div_(weights.sum(2, keepdim=True))


def blend(views: Tensor, factor: Tensor, grey_share: Tensor, mean_share: Tensor) -> Tensor:
    """Brightness, contrast or saturation of each sample: blend it with black, its mean or its grey.

    Args:
        views (Tensor): (N, C, H, W), values 0-255.
        factor (Tensor): (N,), the operation's factor f, which multiplies the view.
        grey_share (Tensor): (N,), 1 - f for saturation, else 0: share of the grey view, if C is 3.
        mean_share (Tensor): (N,), 1 - f for contrast, else 0: share of the grey view's mean.

    Returns:
        Tensor: (N, C, H, W), the sum clipped to [0, 255].
    """
    flat, factor = views.flatten(2), factor.view(-1, 1, 1)
    means = flat.mean(2)
    if views.shape[1] == 1:
        mixed = (flat * factor).add_((mean_share * means[:, 0]).view(-1, 1, 1))
    else:
        weights = means.new_tensor(_GREY_WEIGHTS)
        offset = (mean_share * (means @ weights)).view(-1, 1, 1)
        colours = factor * torch.eye(3, device=views.device) + grey_share.view(-1, 1, 1) * weights
        mixed = torch.baddbmm(offset, colours, flat)
    return mixed.clamp_(0, 255).view_as(views)


def to_grey(views: Tensor) -> Tensor:
    """Grey by the luma weights of ITU-R 601, repeated on three channels; (N, 3, H, W)."""
    red, green, blue = views.unbind(1)
    grey = (red * _GREY_WEIGHTS[0]).add_(green, alpha=_GREY_WEIGHTS[1]).add_(blue, alpha=_GREY_WEIGHTS[2])
    return grey[:, None].expand_as(views)


def shift_hue(views: Tensor, turns: Tensor) -> Tensor:
    """Turn the colour circle by ``turns`` (N,) in [-0.5, 0.5] at constant saturation and value.

    With the hue h in sixths a channel is ``low + span * clip(|(h + n) mod 6 - 3| - 1, 0, 1)``, n = 0, 4, 2
    for red, green, blue: HSV to RGB without its six cases.
    """
    red, green, blue = views.unbind(1)
    high = torch.maximum(torch.maximum(red, green), blue)
    low = torch.minimum(torch.minimum(red, green), blue)
    span = high - low
    inverse = span.clamp(min=1e-6).reciprocal_()  # grey has no hue: every numerator below is 0 there
    not_red, not_green = ((high - channel).mul_(_STEEP).clamp_(max=1) for channel in (red, green))
    if_red = (green - blue).mul_(inverse)
    if_green = (blue - red).mul_(inverse).add_(2)
    if_blue = (red - green).mul_(inverse).add_(4)
    hue = if_red.lerp_(if_green.lerp_(if_blue, not_green), not_red)
    circle = hue.div_(6).add_(turns.view(-1, 1, 1) + 0.5)
    result = torch.empty_like(views)
    for channel, third in enumerate((0, 2 / 3, 1 / 3)):
        position = circle + third
        height = position.sub_(position.round()).abs_().mul_(6).sub_(1).clamp_(0, 1)
        result[:, channel] = height.mul_(span).add_(low)
    return result


def blur(views: Tensor, sigma: Tensor, radius: int) -> Tensor:
    """Gaussian of ``sigma`` (N,) pixels, cut at ``radius``, edges repeated; views (N, C, S, S)."""
    size = views.shape[-1]
    taps = torch.arange(-radius, radius + 1, device=views.device)
    taps = (-0.5 * (taps / sigma[:, None]) ** 2).softmax(1)
    weights = (taps @ _tap_places(size, radius, views.device)).view(-1, 1, size, size)
    return weights @ views @ weights.transpose(2, 3)


@lru_cache(maxsize=8)
def _tap_places(size: int, radius: int, device: torch.device) -> Tensor:
    """Where each tap adds to a size x size matrix, (taps, size * size); beyond the edge it is the edge."""
    tap = torch.arange(2 * radius + 1)
    column = (torch.arange(size) + tap[:, None] - radius).clamp(0, size - 1)
    places = torch.zeros(2 * radius + 1, size, size).scatter_(2, column[:, :, None], 1.0)
    return places.flatten(1).to(device)


def solarize(views: Tensor, threshold: float) -> Tensor:
    """Invert values that round to ``threshold`` or more, as in uint8."""
    inverted = (views - (threshold - 0.5)).mul_(_STEEP).clamp_(0, 1)
    return inverted.mul_(255 - 2 * views).add_(views)
