"""From a vector back to an image."""

from typing import Optional, Sequence

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS
from mmcl.utils.errors import expect_each

from .layers import upsampling, vector_norm


@MODELS.register_module()
class ImageDecoder(BaseModule):
    """A linear layer makes a small map, and transposed convolutions double it, with norm and ReLU between them.

    The decoders of https://arxiv.org/abs/2203.07004 and its code: 32 px, the defaults; 64 px, ``channels=(128,) * 5``; 224 px,
    ``start=7, channels=(64, 128, 128, 128, 64), last_stride=2``.

    Args:
        in_channels (int): Width of the vector.
        start (int): Side of the first map, >= 1. Defaults to 4.
        channels (Sequence[int]): Of the first map and of each one after it. Defaults to (64, 256, 128, 64).
        last_stride (int): 1 or 2, of the last convolution, which gives three channels. Defaults to 1.
        norm_cfg (dict): Defaults to SyncBN.

    Shapes: (N, C) -> (N, 3, S, S) with S = start * 2 ** (len(channels) - 1) * last_stride.
    Raises: InputError: ``start`` < 1, no channels, or another ``last_stride``.
    """

    def __init__(
        self,
        in_channels: int,
        start: int = 4,
        channels: Sequence[int] = (64, 256, 128, 64),
        last_stride: int = 1,
        norm_cfg: dict = dict(type='SyncBN'),  # noqa: B006  read only
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        expect_each(
            'ImageDecoder has',
            'Set {name} of the decoder',
            ('start', start, start >= 1, 'at least 1 px'),
            ('channels', channels, len(channels) >= 1, 'one number or more'),
            ('last_stride', last_stride, last_stride in (1, 2), '1 or 2'),
        )
        width = channels[0] * start**2
        self.first = nn.Sequential(
            nn.Linear(in_channels, width, bias=False), vector_norm(norm_cfg, width), nn.ReLU(inplace=True)
        )
        self.shape = channels[0], start, start
        self.layers = nn.Sequential(
            *upsampling(channels, 3, norm_cfg),
            nn.ConvTranspose2d(channels[-1], 3, 3, last_stride, 1, output_padding=last_stride - 1),
        )

    def forward(self, features: Tensor) -> Tensor:
        """Decode."""
        return self.layers(self.first(features).unflatten(1, self.shape))
