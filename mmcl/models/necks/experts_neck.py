"""Several projections of an image, and what chooses among them."""

from typing import Optional, Sequence, Union

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .pool import pool


@MODELS.register_module()
class ExpertsNeck(BaseModule):
    """A linear projection for each expert and one for the gate, side by side (MiCE, https://arxiv.org/abs/2105.01899, section 4.1).

    The learner scales each of them to unit length, as it does dimension 1 of any embedding. The last one is the gate's.

    Args:
        in_channels (int): Width of the features.
        out_channels (int): Width of an embedding, D. Defaults to 128.
        num_experts (int): K >= 1.

    Shapes: (N, C, H, W), a tuple ending in one, or (N, C) -> (N, D, K + 1).
    Raises: InputError: ``num_experts`` < 1.
    """

    def __init__(
        self, in_channels: int, num_experts: int, out_channels: int = 128, init_cfg: Optional[dict] = None
    ) -> None:
        super().__init__(init_cfg)
        given = f'ExpertsNeck has num_experts={num_experts}'
        expect(num_experts >= 1, given, 'at least 1', 'Set model.neck.num_experts to the number of clusters')
        self.shape = out_channels, num_experts + 1
        self.linear = nn.Linear(in_channels, out_channels * (num_experts + 1))

    def forward(self, features: Union[Tensor, Sequence[Tensor]]) -> Tensor:
        """Project for all experts and the gate."""
        return self.linear(pool(features)).unflatten(1, self.shape)
