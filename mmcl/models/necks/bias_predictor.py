"""A predictor that is one vector."""

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS


@MODELS.register_module()
class BiasPredictor(BaseModule):
    """One learned vector, added to the projection: p = z / |z| + b (https://arxiv.org/abs/2203.16262, section 4.4).

    The least predictor with which SimSiam does not collapse: b becomes the projections' centre, and the loss then pushes against it. Keep
    b from weight decay, and the batch norm before it without a shift (``last_norm='plain'``).

    Args:
        channels (int): Width of a projection, D.
        normalize (bool): Scale projections to unit length before adding; the paper does not say which. Defaults to True.

    Shapes: (N, D) -> (N, D). With b = 0, where it starts, the predictor does nothing that a cosine would see.
    """

    def __init__(self, channels: int, normalize: bool = True) -> None:
        super().__init__()
        self.bias = nn.Parameter(torch.zeros(channels))
        self.normalize = normalize

    def forward(self, projection: Tensor) -> Tensor:
        """Add the vector."""
        return (F.normalize(projection, dim=1) if self.normalize else projection) + self.bias
