"""CPC v2's patch encoder."""

from typing import Optional, Sequence, Tuple

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS
from mmcl.utils.errors import expect


def layer_norm(channels: int) -> nn.GroupNorm:
    """Layer norm over channels and space of one sample, with a scale and a shift a channel."""
    return nn.GroupNorm(1, channels)


class PreActBottleneck(nn.Module):
    """Norm and ReLU before each of three convolutions (https://arxiv.org/abs/1603.05027); the first norm serves the shortcut too.

    Args:
        in_channels (int): Channels of the input.
        width (int): Channels of the 3x3 convolution.
        out_channels (int): Channels of the output.
        stride (int): Of the 3x3 convolution.
    """

    def __init__(self, in_channels: int, width: int, out_channels: int, stride: int) -> None:
        super().__init__()
        self.norm1, self.conv1 = layer_norm(in_channels), nn.Conv2d(in_channels, width, 1, bias=False)
        self.norm2, self.conv2 = layer_norm(width), nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.norm3, self.conv3 = layer_norm(width), nn.Conv2d(width, out_channels, 1, bias=False)
        changes = stride > 1 or in_channels != out_channels
        self.shortcut = nn.Conv2d(in_channels, out_channels, 1, stride, bias=False) if changes else None

    def forward(self, x: Tensor) -> Tensor:
        """(N, C, h, w) -> (N, C', h', w')."""
        active = self.norm1(x).relu()
        skip = x if self.shortcut is None else self.shortcut(active)
        x = self.conv2(self.norm2(self.conv1(active)).relu())
        return self.conv3(self.norm3(x).relu()) + skip


@MODELS.register_module()
class PatchResNet(BaseModule):
    """The first three stages of a pre-activation ResNet with layer norm (CPC v2, https://arxiv.org/abs/1905.09272, section 3.1).

    Batch norm would let a patch read the others through the batch's statistics. ResNet-50: the defaults; ResNet-161: ``blocks=(3, 4, 46),
    channels=(256, 512, 4096), widths=(64, 128, 512)``.

    Args:
        blocks (sequence of int): Bottlenecks of each stage. Defaults to (3, 4, 6).
        channels (sequence of int): Output channels of each stage. Defaults to (256, 512, 1024).
        widths (sequence of int, optional): Channels inside the bottlenecks of each stage. Defaults to a quarter of ``channels``.
        stem_channels (int): Of the first convolution, 7x7 of stride 2, before the max-pool. Defaults to 64.

    Shapes: (N, 3, H, W) -> a tuple of the last map, (N, channels[-1], H / 16, W / 16).
    Raises: InputError: lists of different lengths.
    """

    def __init__(
        self,
        blocks: Sequence[int] = (3, 4, 6),
        channels: Sequence[int] = (256, 512, 1024),
        widths: Optional[Sequence[int]] = None,
        stem_channels: int = 64,
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        widths = widths or [channel // 4 for channel in channels]
        given = f'PatchResNet has blocks={blocks}, channels={channels} and widths={widths}'
        expect(
            len(blocks) == len(channels) == len(widths),
            given,
            'one number a stage each',
            'Set model.backbone',
        )
        self.stem = nn.Sequential(nn.Conv2d(3, stem_channels, 7, 2, 3, bias=False), nn.MaxPool2d(3, 2, 1))
        stages, previous = [], stem_channels
        for stage, (num, width, channel) in enumerate(zip(blocks, widths, channels)):
            units = [PreActBottleneck(previous, width, channel, 1 if stage == 0 else 2)]
            units += [PreActBottleneck(channel, width, channel, 1) for _ in range(num - 1)]
            stages.append(nn.Sequential(*units))
            previous = channel
        self.stages = nn.Sequential(*stages)
        self.norm = layer_norm(previous)

    def init_weights(self) -> None:
        """He's initialisation of the convolutions."""
        super().init_weights()
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode='fan_out', nonlinearity='relu')

    def forward(self, images: Tensor) -> Tuple[Tensor]:
        """Encode."""
        return (self.norm(self.stages(self.stem(images))).relu(),)
