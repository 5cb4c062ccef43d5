"""Views of a whole batch at once, on any device, in float32.

Crop, resize and flip are separable: two products with one small matrix a sample; a blur is two more.
Values are clipped to [0, 255] after each operation as torchvision does, but not rounded. Parameters come from
the host, so no step waits for the device. Work grows with size * (H + W): this is made for small images in
memory. With these, a CPU spends as much on calls as on arithmetic: each step is one call for all its samples.
"""

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from mmcl.utils.errors import InputError, expect

_GREY_WEIGHTS = (0.299, 0.587, 0.114)
_SATURATION, _HUE = 2, 3  # in the numbering of the order that RandomView draws
_STEEP = 1e30  # (a - b) * _STEEP, clipped to [0, 1], says whether a > b: faster on a CPU than a mask


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
        plan = _Plan(params, in_colour, images.device)
        images = images.index_select(0, plan.order).float()
        views = crop_resize_flip(images, plan.crop, recipe.size, recipe.interpolation)
        if recipe.grey_first:
            _apply_to(plan.grey, to_grey, views)
        for rows, amounts in plan.blends_before_hue:
            blend_(views[rows], *amounts)
        if plan.turns is not None:
            shift_hue_(views[plan.jittered], plan.turns)
        for rows, amounts in plan.blends_after_hue:
            blend_(views[rows], *amounts)
        if not recipe.grey_first:
            _apply_to(plan.grey, to_grey, views)
        radius = int(4 * recipe.blur_sigma[1] + 0.5)
        _apply_to(plan.blur, lambda x, sigma: blur(x, sigma, radius), views, plan.sigma)
        _apply_to(plan.solarize, lambda x: solarize(x, recipe.solarize_threshold), views)
        views = views.index_select(0, plan.place)
        return rotate(views, torch.from_numpy(params['turns'])) if 'turns' in params else views


def _no_autocast(device_type: str) -> AbstractContextManager:
    """Products in float32, inside a learner's autocast too."""
    if torch.amp.is_autocast_available(device_type):
        return torch.autocast(device_type, enabled=False)
    return nullcontext()


def _apply_to(subset: Tensor, op: Callable[..., Tensor], views: Tensor, *args: Tensor) -> None:
    """Replace the views that ``subset`` (K,) lists by ``op`` of them and of the same rows of ``args``."""
    if len(subset):  # index_select, as indexing by a tensor takes five times as long on a CPU
        chosen = (tensor.index_select(0, subset) for tensor in (views, *args))
        views.index_copy_(0, subset, op(*chosen))


class _Plan:
    """A draw on the device, by two copies; sorted, so that a step of the jitter is for a slice of the views.

    A sample's blends come partly before and partly after its hue. Lined up at the hue, which is then one step
    for all, the first blends before it are for the samples that have one before it, and so on.
    """

    def __init__(self, params: dict[str, np.ndarray], in_colour: bool, device: torch.device) -> None:
        num_blends = 3 if in_colour else 2
        factors = np.stack([params['brightness'], params['contrast'], params['saturation']][:num_blends])
        turns = params['hue'] * in_colour
        # First the samples without jitter (-1), then by the number of blends before the hue.
        before = np.where(turns == 0, num_blends, (params['order'] == _HUE).argmax(1))
        before[(factors == 1).all(0) & (turns == 0)] = -1
        order = before.argsort(kind='stable')
        before = before[order]
        starts = np.searchsorted(before, np.arange(num_blends + 1)).tolist()
        self.jittered = slice(starts[0], None)

        # Row i: the blend that is i-th before the hue; below, the one that is i-th after it. Where a sample
        # has none, the row has another one, outside of the slice.
        steps = params['order'][order]
        steps = steps[steps < num_blends].reshape(-1, num_blends).T
        after = (before + np.arange(num_blends)[:, None]) % num_blends
        steps = np.concatenate([steps, np.take_along_axis(steps, after, 0)])
        # A step blends the view with black (brightness), its mean (contrast) or its grey (saturation).
        factor = factors[steps, order]
        rest = 1 - factor
        blends = np.stack([factor, rest * (steps == _SATURATION), rest * (steps == _SATURATION - 1)], 1)
        columns = [params[name] for name in ('top', 'height', 'left', 'width', 'flip', 'blur')]
        columns = np.stack([*columns, turns])[:, order]
        floats = np.concatenate([columns, blends.reshape(-1, len(order))]).astype(np.float32)
        floats = torch.from_numpy(floats).to(device)
        self.crop, self.sigma = floats[:5], floats[5]
        self.turns = floats[6, self.jittered] if turns.any() else None
        early, late = floats[7:].view(2, num_blends, 3, -1)
        self.blends_before_hue = [
            (slice(start, None), amounts[:, start:])
            for start, amounts in zip(starts[1:], early)
            if start < len(order)
        ]
        first = starts[0]
        self.blends_after_hue = [
            (slice(first, stop), amounts[:, first:stop])
            for stop, amounts in zip(reversed(starts[1:]), late)
            if first < stop
        ]

        masks = np.stack([params['grey'] & in_colour, params['blur'] > 0, params['solarize']])[:, order]
        picked = [order, order.argsort(), *(mask.nonzero()[0] for mask in masks)]
        indices = torch.from_numpy(np.concatenate(picked)).to(device)
        indices = indices.split([len(rows) for rows in picked])
        self.order, self.place, self.grey, self.blur, self.solarize = indices


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
    num, channels, height, width = images.shape
    start, length = crop[0:4:2].flatten(), crop[1:4:2].flatten()
    flip = torch.cat([torch.zeros_like(crop[4]), crop[4]])
    weights = _resize_weights(start, length, flip, max(height, width), size, interpolation)
    rows, columns = weights[:num, :, :height], weights[num:, :, :width]
    views = torch.bmm(images.reshape(num, channels * height, width), columns.transpose(1, 2))
    views = torch.matmul(rows[:, None], views.view(num, channels, height, size))
    return views.clamp_(0, 255) if interpolation == 'bicubic' else views


def _resize_weights(
    start: Tensor, length: Tensor, flip: Tensor, extent: int, size: int, interpolation: str
) -> Tensor:
    """What the result's pixels along one axis take from the image's, (N, size, extent); rows sum to 1."""
    start, length, flip = start[:, None], length[:, None], flip[:, None]
    scale = length / size
    pixel = torch.arange(extent, device=start.device) + 0.5
    place = torch.arange(size, device=start.device) + 0.5
    centre = torch.addcmul(start + flip * length, scale * (1 - 2 * flip), place)
    if interpolation == 'bilinear' and size >= extent:
        # Nothing shrinks: two neighbours share a place, and one alone has all of a place beyond its centre.
        centre = torch.clamp(centre, start + 0.5, start + length - 0.5)
        return (pixel - centre[:, :, None]).abs_().neg_().add_(1).clamp_(min=0)
    spread = scale.clamp(min=1)  # a shrinking filter is as wide as a pixel of the result
    inside = (pixel > start) & (pixel < start + length)
    pixel = torch.where(inside, pixel / spread, torch.inf)
    distance = (pixel[:, None, :] - (centre / spread)[:, :, None]).abs_()
    if interpolation == 'bilinear':
        weights = distance.neg_().add_(1).clamp_(min=0)
    else:  # Keys' cubic with a = -0.5: one polynomial up to 1, another up to 2, each 0 at its ends
        near, far = distance.clamp(max=1), distance.clamp_(1, 2)
        weights = ((1.5 * near).sub_(2.5).mul_(near).mul_(near)).add_(1)
        weights += ((-0.5 * far).add_(2.5).mul_(far).sub_(4).mul_(far)).add_(2)
    return weights.div_(weights.sum(2, keepdim=True))


def blend_(views: Tensor, factor: Tensor, grey_share: Tensor, mean_share: Tensor) -> Tensor:
    """Brightness, contrast or saturation of each sample: blend it with black, its mean or its grey.

    Args:
        views (Tensor): (N, C, H, W), values 0-255, changed in place.
        factor (Tensor): (N,), the operation's factor f, which multiplies the view.
        grey_share (Tensor): (N,), 1 - f for saturation, else 0: share of the grey view, if C is 3.
        mean_share (Tensor): (N,), 1 - f for contrast, else 0: share of the grey view's mean.

    Returns:
        Tensor: ``views``, the sum clipped to [0, 255].
    """
    factor, grey_share, mean_share = (x.view(-1, 1, 1, 1) for x in (factor, grey_share, mean_share))
    if views.shape[1] == 1:
        other = mean_share * views.mean((2, 3), keepdim=True)
    else:
        grey = _luma(views)
        mean = grey.mean((2, 3), keepdim=True)
        other = grey.mul_(grey_share).add_(mean_share * mean)
    return torch.addcmul(other, views, factor, out=views).clamp_(0, 255)


def to_grey(views: Tensor) -> Tensor:
    """Grey by the luma weights of ITU-R 601, repeated on three channels; (N, 3, H, W)."""
    return _luma(views).expand_as(views)


def _luma(views: Tensor) -> Tensor:
    """(N, 3, H, W) to (N, 1, H, W)."""
    red, green, blue = views.split(1, 1)
    grey = red * _GREY_WEIGHTS[0]
    return grey.add_(green, alpha=_GREY_WEIGHTS[1]).add_(blue, alpha=_GREY_WEIGHTS[2])


def shift_hue_(views: Tensor, turns: Tensor) -> Tensor:
    """Turn the colour circle by ``turns`` (N,) in [-0.5, 0.5] at constant saturation and value, in place.

    HSV and back without its six cases, nor a division, as angles are multiplied by the span from the lowest to
    the highest channel. In sixths of the circle, the hue is ``1 + (green + blue - red - low) / span`` away from red,
    towards green or blue, whichever is larger. A channel that is d away from the new hue is
    ``low + span * clip(2 - d, 0, 1)``.
    """
    red, green, blue = views.split(1, 1)
    high = torch.maximum(torch.maximum(red, green), blue)
    low = torch.minimum(torch.minimum(red, green), blue)
    span = high - low
    angle = (green + blue).sub_(red).add_(high).sub_(low, alpha=2).copysign_(green - blue)
    # From the channel's own hue, the nearer way round: within 3 sixths. The sum is within 6, so d = 3 - ||sum| - 3|.
    shift = turns[:, None] - torch.arange(3, device=turns.device) / 3
    shift = shift.sub_(shift.round()).mul_(6)
    torch.addcmul(angle, span, shift[:, :, None, None], out=views)
    views.abs_().sub_(span, alpha=3).abs_().add_(low - span)
    return torch.clamp(views, low, high, out=views)


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


def rotate(images: Tensor, turns: Tensor) -> Tensor:
    """Turn each image counter-clockwise; pixels move and keep their values.

    Args:
        images (Tensor): (N, C, S, S).
        turns (Tensor): Quarter turns, whole numbers (N,).

    Returns:
        Tensor: (N, C, S, S), in the images' memory format.

    Raises:
        InputError: The images are not square: a quarter turn would show in their shape, or in what pads them.
    """
    height, width = images.shape[-2:]
    given = f'Images of {height} x {width} are to be turned'
    expect(height == width, given, 'square ones', 'Crop squares in the pipeline, with RandomView')
    turned = torch.empty_like(images)
    for turn in range(4):
        rows = (turns % 4 == turn).nonzero()[:, 0].to(images.device)
        turned[rows] = torch.rot90(images[rows], turn, (2, 3))
    return turned
