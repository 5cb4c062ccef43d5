"""AMDIM's encoder."""

from typing import List, Optional, Tuple

import torch.nn.functional as F
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS
from mmcl.utils.errors import expect

# image side -> (kernel, stride, padding) of the first convolution, whether another follows, (kernel, stride) of the blocks down to 7x7
_PLANS = {
    32: ((3, 1, 0), 'block', [(4, 2), (2, 2)]),
    64: ((3, 1, 0), None, [(4, 2), (4, 2), (2, 2)]),
    128: ((5, 2, 2), 'conv', [(4, 2), (4, 2), (2, 2)]),
}


class ResidualUnit(nn.Module):
    """A convolution and a 1x1 one that starts at zero, beside a mean over the same window with channels of zeros added; no padding.

    Args:
        in_channels (int): Channels of the input.
        out_channels (int): Channels of the output, >= ``in_channels``.
        kernel (int): Side of the window.
        stride (int): Its stride.
    """

    def __init__(self, in_channels: int, out_channels: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, out_channels, kernel, stride, bias=False)
        self.conv2 = nn.Conv2d(out_channels, out_channels, 1, bias=False)
        self.window = kernel, stride
        self.added = out_channels - in_channels

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, h, w) -> (N, C', h', w')."""
        skip = x if self.window == (1, 1) else F.avg_pool2d(x, *self.window)
        return self.conv2(self.conv1(x).relu()) + F.pad(skip, (0, 0, 0, 0, 0, self.added))


@MODELS.register_module()
class AMDIMEncoder(BaseModule):
    """A residual network whose windows overlap little, so that a location knows its own part of the image (https://arxiv.org/abs/1906.00910).

    Section 4.3 and the authors' code, without batch norm except at the end, its default. Nothing after the first layer is padded.

    Args:
        size (int): Side of the images in pixels: 32, 64 or 128.
        width (int): Channels of the first layer, "ndf". Defaults to 128.
        depth (int): Units of a block, "n_depth", >= 1. Defaults to 3.
        out_channels (int): Channels of the last map, "n_rkhs", >= 4 x width (32 px) or 8 x width. Defaults to 1024.
        norm_cfg (dict): Of the norm of the last map. Defaults to SyncBN.

    Shapes: (N, 3, size, size) -> maps of 7x7 and 5x5, of 4 x width channels (32 px) or 8 x width, and of 1x1, of ``out_channels``.
    Raises: InputError: another ``size``, or a last map narrower than the one before.
    """

    def __init__(
        self,
        size: int = 32,
        width: int = 128,
        depth: int = 3,
        out_channels: int = 1024,
        norm_cfg: dict = dict(type='SyncBN'),  # noqa: B006  read only
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        given = f'AMDIMEncoder has size={size}'
        expect(size in _PLANS, given, f'one of {", ".join(map(str, _PLANS))}', 'Set model.backbone.size')
        first, then, downs = _PLANS[size]
        channels = width * 2 ** len(downs)
        given = f'AMDIMEncoder has out_channels={out_channels}'
        expect(out_channels >= channels, given, f'at least {channels}', 'Set model.backbone.out_channels')
        stem: List[nn.Module] = [
            nn.Conv2d(3, width, *first, padding_mode='reflect' if first[2] else 'zeros'),
            nn.ReLU(inplace=True),
        ]
        if then == 'conv':
            stem += [nn.Conv2d(width, width, 3), nn.ReLU(inplace=True)]
        elif then == 'block':
            stem.append(ResidualUnit(width, width))
        wide = [width * 2**i for i in range(len(downs) + 1)]
        blocks = [self._block(a, b, depth, *window) for a, b, window in zip(wide, wide[1:], downs)]
        self.to_7x7 = nn.Sequential(*stem, *blocks)
        self.to_5x5 = self._block(channels, channels, depth, 3, 1)
        self.to_3x3 = self._block(channels, channels, depth, 3, 1)
        self.to_1x1 = nn.Sequential(
            ResidualUnit(channels, out_channels, 3), build_norm_layer(norm_cfg, out_channels)[1]
        )

    @staticmethod
    def _block(in_channels: int, out_channels: int, depth: int, kernel: int, stride: int) -> nn.Sequential:
        units = [ResidualUnit(in_channels, out_channels, kernel, stride)]
        return nn.Sequential(*units, *(ResidualUnit(out_channels, out_channels) for _ in range(depth - 1)))

    def init_weights(self) -> None:
        """Start each unit as its skip."""
        super().init_weights()
        for module in self.modules():
            if isinstance(module, ResidualUnit):
                nn.init.zeros_(module.conv2.weight)

    def forward(self, images: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
        """Encode."""
        by_7 = self.to_7x7(images)
        by_5 = self.to_5x5(by_7)
        return by_7, by_5, self.to_1x1(self.to_3x3(by_5))
