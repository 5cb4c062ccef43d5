"""A network for each sensory view."""

from typing import List, Optional, Sequence, Union

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.models.necks import pool
from mmcl.registry import MODELS
from mmcl.utils.errors import expect


@MODELS.register_module()
class ViewBackbones(BaseModule):
    """One backbone a view, side by side (CMC, https://arxiv.org/abs/1906.05849, section 3).

    Views are channels of one image (luminance and chrominance), or images of their own (depth beside colour, several cameras).

    Args:
        branches (list[dict]): Config of each view's backbone, two or more.
        channels (list[list[int]], optional): Channels of the image that each branch sees; None: each view is an image of its own.
        features (sequence of int, optional): Branches whose outputs are the features, side by side. Defaults to all, and to the first
            where a single image is given for views that are images of their own.

    Shapes: (N, 3, H, W), or a list of one such tensor a view -> pooled features (N, C), the sum of the branches' widths.
    Raises: InputError: fewer than two branches, other numbers of ``channels``, or a branch that there is not.
    """

    def __init__(
        self,
        branches: List[dict],
        channels: Optional[List[Sequence[int]]] = None,
        features: Optional[Sequence[int]] = None,
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        num = len(branches)
        for name, good, expected in (
            ('branches', num >= 2, 'two views or more'),
            ('channels', channels is None or len(channels) == num, f'{num} lists, one a branch'),
            ('features', set(features or ()) <= set(range(num)), f'numbers of branches, 0 to {num - 1}'),
        ):
            given = f'ViewBackbones has {num} branches, channels={channels} and features={features}'
            expect(good, given, f'{name}: {expected}', f'Set model.backbone.{name}')
        self.branches = nn.ModuleList(MODELS.build(branch) for branch in branches)
        self.channels = None if channels is None else [list(some) for some in channels]
        self.chosen = None if features is None else list(features)

    def view(self, number: int, images: Tensor) -> Tensor:
        """Pooled features of one view, (N, C): ``images`` (N, 3, H, W) are the whole image, or the view's own."""
        return pool(self.branches[number](self.image(number, images)))

    def image(self, number: int, images: Tensor) -> Tensor:
        """What the branch of a view sees of ``images``: the view's channels, or all."""
        return images if self.channels is None else images[:, self.channels[number]]

    def forward(self, images: Union[Tensor, Sequence[Tensor]]) -> Tensor:
        """Encode all views."""
        chosen = self.chosen or range(len(self.branches))
        if isinstance(images, Tensor):
            images = [images] * len(self.branches)
            chosen = chosen if self.channels is not None else chosen[:1]
        return torch.cat([self.view(number, images[number]) for number in chosen], dim=1)
