"""SimCLR v2's ResNet with selective kernels."""

import torch
from mmcv.cnn import build_norm_layer
from mmpretrain.models.backbones.resnet import Bottleneck, ResLayer, ResNet
from torch import Tensor, nn

from mmcl.registry import MODELS


class SelectiveKernel(nn.Module):
    """Two 3x3 convolutions whose share of the output each channel chooses (https://arxiv.org/abs/1903.06586, in SimCLR v2's form).

    ``U0, U1 = ReLU(BN(conv(x)))``; the shares are a softmax over the two of what a bottleneck makes of the mean over space of
    ``U0 + U1``. SKNet's second branch is dilated; here both are alike.

    Args:
        in_channels (int): Width of the input.
        out_channels (int): Width of the output, F.
        stride (int): Of the convolutions.
        norm_cfg (dict): MMCV's config of the norms.
        ratio (float): Width of the bottleneck over F. Defaults to 0.0625, the paper's.
        least (int): Least width of the bottleneck. Defaults to 32.

    Shapes: (N, in_channels, H, W) -> (N, F, H / stride, W / stride), >= 0.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        stride: int,
        norm_cfg: dict,
        ratio: float = 0.0625,
        least: int = 32,
    ) -> None:
        super().__init__()
        width = max(int(out_channels * ratio), least)
        self.conv = nn.Conv2d(in_channels, 2 * out_channels, 3, stride, padding=1, bias=False)
        self.norm = build_norm_layer(norm_cfg, 2 * out_channels)[1]
        self.squeeze = nn.Conv2d(out_channels, width, 1, bias=False)
        self.squeeze_norm = build_norm_layer(norm_cfg, width)[1]
        self.mix = nn.Conv2d(width, 2 * out_channels, 1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Mix the two branches."""
        first, second = self.norm(self.conv(x)).relu_().chunk(2, dim=1)
        context = (first + second).mean(dim=(2, 3), keepdim=True)
        scores = self.mix(self.squeeze_norm(self.squeeze(context)).relu_())
        one, other = scores.chunk(2, dim=1)
        return torch.lerp(second, first, (one - other).sigmoid())  # a softmax over two


class SKBottleneck(Bottleneck):
    """A bottleneck with :class:`SelectiveKernel` in the place of its 3x3 convolution.

    Args:
        *args: See MMPretrain's ``Bottleneck``.
        **kwargs: Likewise.
    """

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        width = self.mid_channels
        self.conv2 = SelectiveKernel(width, width, self.conv2_stride, self.norm_cfg)
        # norm and ReLU are inside; the ReLU that follows here changes nothing, as a mix of two numbers >= 0 is one
        setattr(self, self.norm2_name, nn.Identity())


@MODELS.register_module()
class SKResNet(ResNet):
    """ResNet with selective kernels as SimCLR v2 uses it (https://arxiv.org/abs/2006.10029, section 2 and the authors' code).

    Differences from MMPretrain's ResNet: :class:`SKBottleneck`; the stem of three 3x3 convolutions and the shortcut that averages 2x2
    pixels before its 1x1 convolution (ResNet-D), here also where the stride is 1, as in that code. Wide networks: multiply
    ``base_channels`` and ``stem_channels``. From the code differ the borders: max-pooling is padded on all sides, and of a side of odd
    length the shortcut averages what is there.

    Args:
        depth (int): 50, 101, 152 or 200.
        **kwargs: See MMPretrain's ``ResNet``, without ``deep_stem`` and ``avg_down``.
    """

    arch_settings = {
        50: (SKBottleneck, (3, 4, 6, 3)),
        101: (SKBottleneck, (3, 4, 23, 3)),
        152: (SKBottleneck, (3, 8, 36, 3)),
        200: (SKBottleneck, (3, 24, 36, 3)),
    }

    def __init__(self, depth: int, **kwargs) -> None:
        super().__init__(depth, deep_stem=True, avg_down=True, **kwargs)

    def make_res_layer(self, stride: int, **kwargs) -> ResLayer:
        """A stage; its shortcut averages at stride 1 too."""
        layer = super().make_res_layer(stride=stride, **kwargs)
        if stride == 1 and layer[0].downsample is not None:
            # repeating the last row and column gives the mean of the pixels that are there
            average = nn.Sequential(nn.ReplicationPad2d((0, 1, 0, 1)), nn.AvgPool2d(2, stride=1))
            layer[0].downsample.insert(0, average)
        return layer
