"""Fully connected layers on pixels."""

from typing import Optional, Sequence, Tuple

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS
from mmcl.utils.errors import expect, expect_each


@MODELS.register_module()
class VectorNet(BaseModule):
    """Linear layers with an activation each, from the pixels of one channel (VIB's network for MNIST, https://arxiv.org/abs/1612.00410).

    Args:
        side (int): Side of the images in pixels, >= 1. Defaults to 28.
        channels (Sequence[int]): Widths of the layers. Defaults to (1024, 1024).
        activation (str): 'relu', or 'tanh', which the information plane was first drawn for (https://arxiv.org/abs/1703.00810).

    Shapes: (N, C, side, side), of which the first channel is taken -> a tuple with (N, channels[-1]).
    Raises: InputError: no ``channels``, another ``activation``, or images of another size.
    """

    def __init__(
        self,
        side: int = 28,
        channels: Sequence[int] = (1024, 1024),
        activation: str = 'relu',
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        expect_each(
            'VectorNet has',
            'Set model.backbone.{name}',
            ('channels', channels, len(channels) > 0, 'a width or more'),
            ('activation', activation, activation in ('relu', 'tanh'), "'relu' or 'tanh'"),
        )
        self.side = side
        widths = [side * side, *channels]
        layers = [
            nn.Sequential(nn.Linear(*pair), nn.ReLU() if activation == 'relu' else nn.Tanh())
            for pair in zip(widths, widths[1:])
        ]
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tuple[Tensor]:
        """The output of the last layer."""
        expect(
            images.shape[-2:] == (self.side, self.side),
            f'VectorNet was given images of {images.shape[-2]}x{images.shape[-1]} pixels',
            f'{self.side}x{self.side}',
            'Set model.backbone.side to the size of the views',
        )
        return (self.layers(images[:, 0].flatten(1)),)
