"""Data preprocessors of methods whose images are not only normalised."""

from collections.abc import Sequence
from typing import Optional, Union

import torch
import torch.nn.functional as F
from torch import Tensor

from mmcl.datasets.transforms.random_view import RandomView
from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .color_spaces import SPACES, STATISTICS
from .preprocessor import ViewPreprocessor


@MODELS.register_module()
class PaddedPreprocessor(ViewPreprocessor):
    """Pads training images by reflection before their views are made, so that a crop can move beyond their edges.

    With ``padding=4`` on 32 px, a view of ``crop_scale=(0.64, 0.64), crop_ratio=(1, 1)`` is the image moved by up to 4 px.

    Args:
        padding (int): Pixels on each side, >= 0.
        views (list[dict]): See :class:`ViewPreprocessor`.
        **kwargs: See :class:`ViewPreprocessor`.

    Raises:
        InputError: A negative ``padding``.
    """

    def __init__(
        self, padding: int, views: Optional[Sequence[Union[dict, RandomView]]] = None, **kwargs
    ) -> None:
        super().__init__(views=views, **kwargs)
        given = f'PaddedPreprocessor has padding={padding}'
        expect(padding >= 0, given, 'a number of pixels >= 0', 'Set model.data_preprocessor.padding')
        self.padding = padding

    def forward(self, data: dict, training: bool = False) -> dict:
        """Preprocess a collated batch; only images that views are made of are padded."""
        if training and self.views is not None:
            images = self.cast_data(data['inputs'])
            data = {**data, 'inputs': F.pad(images.float(), (self.padding,) * 4, mode='reflect')}
        return super().forward(data, training)


@MODELS.register_module()
class ColorSpacePreprocessor(ViewPreprocessor):
    """Turns RGB into another colour space, whose channels are then views of the image (CMC, https://arxiv.org/abs/1906.05849, section 4.1).

    The conversion comes after the views, so that all channels share crop and flip. A jitter of the colours before it would be seen by both
    views, which is a shortcut: the published recipe has none.

    Args:
        space (str): 'lab', 'ycbcr', or 'bands', low and high frequencies of the luminance for images without colour.
        mean (Sequence[float], optional): Of the new channels. Defaults to the space's.
        std (Sequence[float], optional): Likewise.
        **kwargs: See :class:`ViewPreprocessor`.

    Raises:
        InputError: Another ``space``.
    """

    def __init__(
        self,
        space: str = 'lab',
        mean: Optional[Sequence[float]] = None,
        std: Optional[Sequence[float]] = None,
        **kwargs,
    ) -> None:
        given = f'ColorSpacePreprocessor has space={space!r}'
        expect(space in SPACES, given, f'one of {", ".join(SPACES)}', 'Set model.data_preprocessor.space')
        own_mean, own_std = STATISTICS[space]
        super().__init__(mean=mean or own_mean, std=std or own_std, **kwargs)
        self.convert = SPACES[space]

    @torch.no_grad()
    def _normalise(self, images: Tensor) -> Tensor:
        with torch.autocast(images.device.type, enabled=False):
            converted = self.convert(images.float().expand(-1, 3, -1, -1) / 255)
        return super()._normalise(converted)
