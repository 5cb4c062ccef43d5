"""The small AlexNet of CMC's and of alignment and uniformity's experiments."""

from typing import Optional, Sequence, Tuple, Union

from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.models.necks.layers import vector_norm
from mmcl.registry import MODELS
from mmcl.utils.errors import expect, expect_each

_POOLED = (0, 1, 4)  # convolutions that a max-pooling follows


@MODELS.register_module()
class SmallAlexNet(BaseModule):
    """Five 3x3 convolutions and two fully connected layers, each with batch norm and ReLU (https://arxiv.org/abs/2005.10242, section A.2).

    Max-pooling (3, stride 2) follows convolutions 1, 2 and 5. The output is that of the second fully connected layer, fc7, which the
    paper's classifiers are trained on; the last layer, fc8, is the neck: ``dict(type='MLP', num_layers=1)``.

    Args:
        img_size (int): Side of the images in pixels, >= 15. Defaults to 64.
        channels (Sequence[int]): Widths of the convolutions. Defaults to (96, 192, 384, 384, 192).
        fc_channels (int): Width of the fully connected layers, and of the output. Defaults to 4096.
        norm_cfg (dict): Norm after every layer. Defaults to SyncBN.
        init_cfg (dict | list[dict], optional): Defaults to the authors': normal weights of std 0.02.

    Shapes: (N, 3, img_size, img_size) -> a tuple with (N, fc_channels).
    Raises: InputError: ``img_size`` < 15, which pooling leaves nothing of, or not five ``channels``.
    """

    def __init__(
        self,
        img_size: int = 64,
        channels: Sequence[int] = (96, 192, 384, 384, 192),
        fc_channels: int = 4096,
        norm_cfg: dict = dict(type='SyncBN'),  # noqa: B006  read only
        init_cfg: Optional[Union[dict, list]] = None,
    ) -> None:
        super().__init__(init_cfg or dict(type='Normal', layer=['Conv2d', 'Linear'], std=0.02))
        expect_each(
            'SmallAlexNet has',
            'Set model.backbone.{name}',
            ('img_size', img_size, img_size >= 15, 'at least 15'),
            ('channels', channels, len(channels) == 5, 'five widths'),
        )
        self.img_size = img_size
        layers, width, side = [], 3, img_size
        for number, next_width in enumerate(channels):
            layers += [nn.Conv2d(width, next_width, 3, padding=1, bias=False)]
            layers += [build_norm_layer(norm_cfg, next_width)[1], nn.ReLU(inplace=True)]
            if number in _POOLED:
                layers.append(nn.MaxPool2d(3, 2))
                side = (side - 3) // 2 + 1
            width = next_width
        layers.append(nn.Flatten())
        width *= side**2
        for _ in range(2):
            layers += [nn.Linear(width, fc_channels, bias=False)]
            layers += [vector_norm(norm_cfg, fc_channels), nn.ReLU(inplace=True)]
            width = fc_channels
        self.layers = nn.Sequential(*layers)

    def forward(self, images: Tensor) -> Tuple[Tensor]:
        """The output of fc7."""
        expect(
            images.shape[-1] == self.img_size == images.shape[-2],
            f'SmallAlexNet was given images of {images.shape[-2]}x{images.shape[-1]} pixels',
            f'{self.img_size}x{self.img_size}, for its fully connected layers',
            'Set model.backbone.img_size to the size of the views',
        )
        return (self.layers(images),)
