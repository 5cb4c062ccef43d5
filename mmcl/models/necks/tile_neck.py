"""From the pieces of an image to one embedding."""

from typing import Optional, Sequence, Union

from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.models.parts import build_part
from mmcl.registry import MODELS
from mmcl.utils.errors import expect


@MODELS.register_module()
class TileNeck(BaseModule):
    """One neck for every piece, and their embeddings side by side, in order, into a last linear layer.

    The fusion of jigsaw puzzles (Goyal et al. 2019, https://arxiv.org/abs/1905.01235: ``tile`` with ``last_relu``, no last
    layer) and of PIRL
    (https://arxiv.org/abs/1912.01991, section 3.3).

    Args:
        tile (dict): Config of the neck for a piece, an :class:`MLP`.
        num_tiles (int): Pieces an image, T >= 1. Defaults to 9.
        out_channels (int, optional): Width of the embedding; None leaves the T embeddings side by side.

    Shapes: features of (N * T) pieces, an image's one after another -> (N, out_channels), or (N, T * D) without a last layer.
    Raises: InputError: ``num_tiles`` < 1.
    """

    def __init__(
        self,
        tile: dict,
        num_tiles: int = 9,
        out_channels: Optional[int] = None,
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(init_cfg)
        expect(
            num_tiles >= 1,
            f'TileNeck has num_tiles={num_tiles}',
            'at least 1',
            'Set num_tiles to grid x grid',
        )
        self.tile = build_part(tile, 'neck')
        self.num_tiles = num_tiles
        width = num_tiles * tile['out_channels']
        self.fuse = nn.Identity() if out_channels is None else nn.Linear(width, out_channels)

    def forward(self, features: Union[Tensor, Sequence[Tensor]]) -> Tensor:
        """Fuse the pieces of each image."""
        tiles = self.tile(features)  # (N * T, D)
        return self.fuse(tiles.reshape(len(tiles) // self.num_tiles, -1))
