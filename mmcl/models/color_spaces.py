"""Images in other coordinates, in which channels are views."""

from typing import Callable, Dict

import torch
import torch.nn.functional as F
from torch import Tensor

_TO_XYZ = ((0.412453, 0.357580, 0.180423), (0.212671, 0.715160, 0.072169), (0.019334, 0.119193, 0.950227))
_WHITE = (0.950456, 1.0, 1.088754)  # D65
_TO_YCBCR = ((65.481, 128.553, 24.966), (-37.797, -74.203, 112.0), (112.0, -93.786, -18.214))
_LUMA = (0.299, 0.587, 0.114)
_BAND_SIGMA = 2.0  # pixels


def _mixed(images: Tensor, matrix: tuple) -> Tensor:
    return torch.einsum('ij,njhw->nihw', images.new_tensor(matrix), images)


def to_lab(images: Tensor) -> Tensor:
    """SRGB to CIE L*a*b* of white D65.

    Args:
        images (Tensor): RGB in [0, 1], (N, 3, H, W).

    Returns:
        Tensor: L in [0, 100], a in about [-86, 98], b in about [-108, 94]; a = b = 0 for grey.
    """
    linear = torch.where(
        images > 0.04045, ((images.clamp(min=0.04045) + 0.055) / 1.055) ** 2.4, images / 12.92
    )
    xyz = _mixed(linear, _TO_XYZ) / images.new_tensor(_WHITE)[:, None, None]
    x, y, z = torch.where(xyz > 0.008856, xyz.clamp(min=0.008856) ** (1 / 3), 7.787 * xyz + 16 / 116).unbind(
        1
    )
    return torch.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], dim=1)


def to_ycbcr(images: Tensor) -> Tensor:
    """RGB in [0, 1] to YCbCr of ITU-R BT.601: Y in [16, 235], Cb and Cr in [16, 240], 128 for grey."""
    return _mixed(images, _TO_YCBCR) + images.new_tensor((16.0, 128.0, 128.0))[:, None, None]


def to_bands(images: Tensor) -> Tensor:
    """RGB in [0, 1] to two bands of the luminance: a blur of 2 px and what it leaves out; the third channel is their sum.

    For grey images, whose colour says nothing.
    """
    luma = _mixed(images, (_LUMA,))
    radius = int(3 * _BAND_SIGMA)
    taps = torch.arange(-radius, radius + 1, device=images.device) / _BAND_SIGMA
    taps = (-0.5 * taps.square()).softmax(0).to(images.dtype)
    padded = F.pad(luma, (radius,) * 4, mode='replicate')
    low = F.conv2d(F.conv2d(padded, taps.view(1, 1, -1, 1)), taps.view(1, 1, 1, -1))
    return torch.cat([low, luma - low, luma], dim=1)


SPACES: Dict[str, Callable[[Tensor], Tensor]] = dict(lab=to_lab, ycbcr=to_ycbcr, bands=to_bands)
# Mean and half of the range of each channel; of bands, about their means and standard deviations in photographs.
STATISTICS = dict(
    lab=((50.0, 6.025, -6.690), (50.0, 92.208, 101.168)),  # CMC's code
    ycbcr=((125.5, 128.0, 128.0), (109.5, 112.0, 112.0)),
    bands=((0.45, 0.0, 0.45), (0.22, 0.1, 0.24)),
)
