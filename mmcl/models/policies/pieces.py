"""An image turned or cut up: what pretext tasks name and PIRL is to see through. No parameters, no state."""

from typing import List, Optional

import numpy as np
import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.datasets.transforms.batch_view import batch_view, rotate
from mmcl.datasets.transforms.random_view import RandomView
from mmcl.models.preprocessor import ViewPreprocessor
from mmcl.registry import TASK_UTILS
from mmcl.utils.errors import expect
from mmcl.utils.keyed_random import mix
from mmcl.utils.sample_random import sample_keys, sample_uniform


def take(pieces: Tensor, order: Tensor) -> Tensor:
    """Pieces (N, T, ...) of each image in the order (N, T): place i of the result takes piece ``order[:, i]``."""
    images = torch.arange(len(pieces), device=pieces.device)[:, None]
    return pieces[images, order.to(pieces.device)]


@TASK_UTILS.register_module()
class Tiles:
    """Cut each image into a grid, and from every cell a smaller tile at a random place, so that no edge goes on in the next tile.

    The cells of jigsaw puzzles (Noroozi and Favaro 2016, https://arxiv.org/abs/1603.09246, section 4.2): 255 pixels are 3 x 3 cells of
    85, tiles have 64 and lie up to 21 pixels from their cell's corner. What is drawn is a function of seed, iteration and image.

    Args:
        grid (int): Cells in a row and in a column, >= 1. Defaults to 3.
        size (int): Side of a tile in pixels, >= 1. Defaults to 64.
        standardize (bool): Give each tile, channel by channel, mean 0 and standard deviation 1, as the jigsaw paper does, so that
            neighbours cannot be told by their brightness. Defaults to False.
        colour (dict, optional): Arguments of a ``RandomView`` that each tile passes on its own, such as ``jitter`` and ``flip_prob``; it
            crops nothing. Defaults to None.

    Raises:
        InputError: ``grid`` or ``size`` < 1; images whose cells are smaller than a tile.
    """

    def __init__(
        self, grid: int = 3, size: int = 64, standardize: bool = False, colour: Optional[dict] = None
    ) -> None:
        for name, value in (('grid', grid), ('size', size)):
            expect(value >= 1, f'Tiles has {name}={value}', 'at least 1', f'Set {name} of the tiles')
        self.grid, self.size, self.standardize = grid, size, standardize
        whole = dict(size=size, crop_scale=(1, 1), crop_ratio=(1, 1))
        self.colour = None if colour is None else RandomView(**whole, **colour)

    def cut(self, images: Tensor, data_samples: List[DataSample], preprocessor: ViewPreprocessor) -> Tensor:
        """Images (N, 3, H, W), normalised by ``preprocessor`` -> tiles (N, T, 3, size, size), T = grid x grid, row by row."""
        tiles = self._cut(images, self.corners(*images.shape[-2:], data_samples).to(images.device))
        if self.colour is not None:
            tiles = self._coloured(tiles, data_samples, preprocessor)
        if self.standardize:
            std, mean = torch.std_mean(tiles, dim=(3, 4), keepdim=True, correction=0)
            tiles = (tiles - mean) / std.clamp(min=1e-5)
        return tiles

    def corners(self, height: int, width: int, data_samples: List[DataSample]) -> Tensor:
        """Row and column of each tile's first pixel in an image of this size, int64 (N, T, 2), on the host."""
        cell = torch.tensor([height // self.grid, width // self.grid])
        given = f'Images of {height} x {width} have {self.grid} x {self.grid} cells of {cell[0]} x {cell[1]}'
        expect(
            bool((cell >= self.size).all()), given, f'room for tiles of {self.size}', "Lower the tiles' size"
        )
        num = self.grid**2
        offsets = sample_uniform(data_samples, 'tile offsets', 2 * num).view(-1, num, 2)
        place = torch.arange(num)
        first = torch.stack([place // self.grid, place % self.grid], dim=1) * cell
        return first + (offsets * (cell - self.size + 1)).long()

    def _cut(self, images: Tensor, corners: Tensor) -> Tensor:
        pixels = torch.arange(self.size, device=images.device)
        rows, columns = (corners[..., axis, None] + pixels for axis in (0, 1))  # (N, T, size)
        image = torch.arange(len(images), device=images.device)[:, None, None, None]
        tiles = images.permute(0, 2, 3, 1)[image, rows[..., None], columns[:, :, None]]  # channels last
        return tiles.permute(0, 1, 4, 2, 3)

    def _coloured(
        self, tiles: Tensor, data_samples: List[DataSample], preprocessor: ViewPreprocessor
    ) -> Tensor:
        keys = mix(sample_keys(data_samples, 'tile colours')[:, None], np.arange(tiles.shape[1]))
        values = (tiles.flatten(0, 1) - preprocessor.shift) / preprocessor.scale  # 0 to 255 again
        seen = batch_view(self.colour, values, self.colour.draw(keys.ravel(), self.size, self.size))
        return torch.addcmul(preprocessor.shift, seen, preprocessor.scale).unflatten(0, tiles.shape[:2])


@TASK_UTILS.register_module()
class ShuffledTiles(Tiles):
    """The tiles of each image in random order, any of all (PIRL's jigsaw, https://arxiv.org/abs/1912.01991, section 3.2).

    Args:
        **kwargs: See :class:`Tiles`.
    """

    def __call__(
        self, images: Tensor, data_samples: List[DataSample], preprocessor: ViewPreprocessor
    ) -> Tensor:
        """Images (N, 3, H, W) -> pieces (N, T, 3, size, size)."""
        order = sample_uniform(data_samples, 'tile order', self.grid**2).argsort(dim=1)
        return take(self.cut(images, data_samples, preprocessor), order)


@TASK_UTILS.register_module()
class RandomRotation:
    """Each image, turned by 0, 90, 180 or 270 degrees (PIRL's rotation, https://arxiv.org/abs/1912.01991, section 3.2)."""

    def __call__(
        self, images: Tensor, data_samples: List[DataSample], preprocessor: ViewPreprocessor
    ) -> Tensor:
        """Images (N, 3, S, S) -> one piece of each, (N, 1, 3, S, S)."""
        return _turned(images, data_samples)[:, None]


@TASK_UTILS.register_module()
class TurnedTiles(ShuffledTiles):
    """The tiles, in random order, of images that were turned before (both tasks of PIRL, section 4.3).

    Args:
        **kwargs: See :class:`Tiles`.
    """

    def __call__(
        self, images: Tensor, data_samples: List[DataSample], preprocessor: ViewPreprocessor
    ) -> Tensor:
        """Images (N, 3, S, S) -> pieces (N, T, 3, size, size)."""
        return super().__call__(_turned(images, data_samples), data_samples, preprocessor)


def _turned(images: Tensor, data_samples: List[DataSample]) -> Tensor:
    """Each image by a number of quarter turns of its own in this step."""
    return rotate(images, (4 * sample_uniform(data_samples, 'rotation', 1)[:, 0]).long())
