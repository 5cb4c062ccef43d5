"""The layers of a projector, and of a decoder."""

from typing import List, Optional, Sequence

from mmcv.cnn import build_norm_layer
from torch import nn


def vector_norm(norm_cfg: Optional[dict], width: int, affine: str = 'full') -> nn.Module:
    """A norm layer for vectors.

    Args:
        norm_cfg (dict, optional): MMCV's config; 'BN' means the one for vectors here, None means SyncBN.
        width (int): Channels.
        affine (str): 'full' (scale and shift), 'scale' (no shift) or 'plain' (neither).
    """
    norm_cfg = dict(norm_cfg or dict(type='SyncBN'))
    if norm_cfg['type'] == 'BN':
        norm_cfg['type'] = 'BN1d'
    norm = build_norm_layer(norm_cfg, width)[1]
    norm.bias.requires_grad_(affine == 'full')  # a shift without gradient stays 0, a scale 1
    norm.weight.requires_grad_(affine != 'plain')
    return norm


def init_linear(linear: nn.Linear, init: str) -> None:
    """Initialise a linear layer: 'torch' leaves it, 'normal' is SimCLR's, 'lecun' BYOL's (see :class:`MLP`)."""
    if init == 'torch':
        return
    if init == 'normal':
        nn.init.normal_(linear.weight, std=0.01)
    else:  # Haiku's truncated normal cuts at two standard deviations
        std = linear.in_features**-0.5
        nn.init.trunc_normal_(linear.weight, std=std, a=-2 * std, b=2 * std)
    if linear.bias is not None:
        nn.init.zeros_(linear.bias)


def upsampling(widths: Sequence[int], kernel: int, norm_cfg: dict) -> List[nn.Module]:
    """Transposed convolutions from each width to the next, each with norm and ReLU, that double a map's side.

    Args:
        widths (Sequence[int]): Channels of the first map and of each one after it.
        kernel (int): Side of the convolutions, 3 or 4.
        norm_cfg (dict): MMCV's config.
    """
    layers = []
    for width, next_width in zip(widths, widths[1:]):
        layers += [
            nn.ConvTranspose2d(width, next_width, kernel, 2, 1, output_padding=kernel % 2, bias=False),
            build_norm_layer(norm_cfg, next_width)[1],
            nn.ReLU(inplace=True),
        ]
    return layers
