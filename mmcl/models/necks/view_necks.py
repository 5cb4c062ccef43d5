"""A projector for each sensory view."""

from typing import List, Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS


@MODELS.register_module()
class ViewNecks(BaseModule):
    """One neck a view, for :class:`ViewBackbones`.

    Args:
        necks (list[dict]): Config of each view's neck, in the order of the views, each with ``in_channels``.

    Shapes: features of all views side by side, (N, sum of in_channels) -> embeddings side by side, (N, sum of out_channels).
    """

    def __init__(self, necks: List[dict], init_cfg: Optional[dict] = None) -> None:
        super().__init__(init_cfg)
        self.widths = [neck['in_channels'] for neck in necks]
        self.necks = nn.ModuleList(MODELS.build(neck) for neck in necks)

    def view(self, number: int, features: Tensor) -> Tensor:
        """Project the features of one view."""
        return self.necks[number](features)

    def forward(self, features: Tensor) -> Tensor:
        """Project the features of all views."""
        parts = features.split(self.widths, dim=1)
        return torch.cat([neck(part) for neck, part in zip(self.necks, parts)], dim=1)
