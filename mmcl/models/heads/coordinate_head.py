"""The head that asks where in an image a location is."""

import math
from typing import Dict

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.models.necks.map_necks import LocalNeck
from mmcl.registry import MODELS
from mmcl.utils.errors import expect, expect_each


@MODELS.register_module()
class CoordinateHead(BaseModule):
    """Names the row and the column of a location, of its features and the whole image's vector (Deep InfoMax's coordinate task, its code).

    A :class:`LocalNeck` on both, side by side, gives a logit for each row and each column.

    Args:
        in_channels (int): Channels of the map and width of the vector, together.
        size (int): Side of the map, >= 2.
        loss_weight (float): Multiplies the loss, >= 0. Defaults to 1.

    Raises:
        InputError: A number outside its range, or a map of another size.
    """

    def __init__(self, in_channels: int, size: int, loss_weight: float = 1.0) -> None:
        super().__init__()
        expect_each(
            'CoordinateHead has',
            'Set model.coordinates.{name}',
            ('size', size, size >= 2, 'at least 2'),
            ('loss_weight', loss_weight, loss_weight >= 0, 'a number >= 0'),
        )
        self.size, self.loss_weight = size, loss_weight
        self.network = LocalNeck(in_channels, 2 * size)

    def forward(self, local: Tensor, vector: Tensor) -> Dict[str, Tensor]:
        """Compare a map (N, C, size, size) and vectors (N, D) with the places.

        Returns:
            dict: ``loss_coordinates``, the cross entropies of row and column added, weighted; ``coordinates_vs_chance``, over that of
            knowing nothing; ``coordinates_hits``, the share of rows and columns that are named.
        """
        given = f'model.coordinates has size={self.size} and was given a map of {tuple(local.shape[2:])}'
        expect(local.shape[2:] == (self.size,) * 2, given, 'the map of that size', 'Set its size')
        everywhere = vector[..., None, None].expand(-1, -1, self.size, self.size)
        logits = self.network(torch.cat([local, everywhere], dim=1)).unflatten(1, (2, self.size))
        place = torch.arange(self.size, device=local.device)
        places = torch.stack(torch.meshgrid(place, place, indexing='ij'))  # row and column, (2, size, size)
        logits, places = logits.transpose(1, 2), places.expand(len(local), -1, -1, -1)
        loss = 2 * F.cross_entropy(logits, places)
        return dict(
            loss_coordinates=self.loss_weight * loss,
            coordinates_vs_chance=loss.detach() / (2 * math.log(self.size)),
            coordinates_hits=(logits.argmax(dim=1) == places).float().mean(),
        )
