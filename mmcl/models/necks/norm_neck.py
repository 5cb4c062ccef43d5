"""A neck that is only a norm."""

from typing import Optional, Sequence, Union

from mmengine.model import BaseModule
from torch import Tensor

from mmcl.registry import MODELS

from .layers import vector_norm
from .pool import pool


@MODELS.register_module()
class NormNeck(BaseModule):
    """Global average pooling and a batch norm without shift: re-identification's BNNeck (https://arxiv.org/abs/1903.07071).

    Args:
        in_channels (int): Width of the features, and of the embedding.
        norm_cfg (dict): Defaults to BN.

    Shapes: (N, C, H, W), a tuple ending in one, or (N, C) -> (N, C).
    """

    def __init__(
        self,
        in_channels: int,
        norm_cfg: dict = dict(type='BN'),  # noqa: B006  read only
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        self.norm = vector_norm(norm_cfg, in_channels, affine='scale')

    def forward(self, features: Union[Tensor, Sequence[Tensor]]) -> Tensor:
        """Pool and normalise."""
        return self.norm(pool(features))
