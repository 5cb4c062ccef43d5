"""Deep InfoMax's encoder."""

from typing import Optional, Tuple

from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS


@MODELS.register_module()
class DIMConvNet(BaseModule):
    """Convolutions 4x4 of stride 2 with norm and ReLU, each twice as wide as the one before (https://arxiv.org/abs/1808.06670, its code).

    The linear layers that follow in the paper are the learner's neck, ``FlatMLP``.

    Args:
        num_layers (int): 3 for 32 px, 4 for 64 px.
        base_channels (int): Width of the first. Defaults to 64.
        local (int): Number of the layer whose output is the local map, from 0. Defaults to 1, the paper's.
        norm_cfg (dict): Defaults to SyncBN.

    Shapes: (N, 3, H, W) -> the local map and the last one, (N, C, h, w) each: 128 x 8 x 8 and 256 x 4 x 4 for 32 px.
    """

    def __init__(
        self,
        num_layers: int = 3,
        base_channels: int = 64,
        local: int = 1,
        norm_cfg: dict = dict(type='SyncBN'),  # noqa: B006  read only
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        widths = [3] + [base_channels * 2**i for i in range(num_layers)]
        self.layers = nn.ModuleList(
            nn.Sequential(
                nn.Conv2d(width, next_width, 4, 2, 1, bias=False),
                build_norm_layer(norm_cfg, next_width)[1],
                nn.ReLU(inplace=True),
            )
            for width, next_width in zip(widths, widths[1:])
        )
        self.local = local

    def forward(self, images: Tensor) -> Tuple[Tensor, Tensor]:
        """Encode."""
        outputs = []
        for layer in self.layers:
            images = layer(images)
            outputs.append(images)
        return outputs[self.local], outputs[-1]
