"""Vectors of one scale and maps of another come from one network."""

from typing import Dict, NamedTuple, Tuple

import torch
from torch import Tensor, nn

from mmcl.registry import MODELS
from mmcl.utils.dist import rank, world_size
from mmcl.utils.step_random import step_generator

from .base import EncoderPair, Views, precise


class Place(NamedTuple):
    """A map of a view: what a multi-scale learner compares instead of whole views.

    Args:
        view (int): Number of the view.
        map (str): Name of one of the learner's maps.
    """

    view: int
    map: str

    def __repr__(self) -> str:
        return f'{self.map}[{self.view}]'


@MODELS.register_module()
class ScalePair(EncoderPair):
    """Queries are vectors, keys are maps, both with gradient (Deep InfoMax, AMDIM); neither is scaled to unit length.

    Each view goes through the network on its own. A query is a map of one location, or one location drawn from a larger map, another in
    each image and step.
    """

    def __init__(self) -> None:  # no chunks
        super().__init__()

    def forward(
        self, learner: nn.Module, views: Views, pairs: list
    ) -> Tuple[Dict[Place, Tensor], Dict[Place, Tensor]]:
        """Encode the views that ``pairs`` of (query place, key place) need.

        Args:
            learner (nn.Module): Gives ``maps(images)``.
            views (list[Tensor]): Each (N, 3, H, W).
            pairs (list[tuple[Place, Place]]): What is compared.

        Returns:
            tuple: Queries (N, D) and keys (N, D, h, w) by place, among the queries the place ``'summary'`` of each view, (N, D), for a
            learner with a neck, and among the keys, last, maps that no pair names.
        """
        used = sorted({place.view for pair in pairs for place in pair})
        found = {
            Place(view, name): precise(made)
            for view in used
            for name, made in learner.maps(views[view]).items()
        }
        queries = {place: made for place, made in found.items() if place.map == 'summary'}
        queries.update(
            {place: _one_location(found[place], place) for place in dict.fromkeys(i for i, _ in pairs)}
        )
        named = {'summary', *(place.map for pair in pairs for place in pair)}
        keys = dict.fromkeys([j for _, j in pairs] + [place for place in found if place.map not in named])
        return queries, {place: found[place] for place in keys}


def _one_location(made: Tensor, place: Place) -> Tensor:
    """(N, D, h, w) -> (N, D)."""
    locations = made.flatten(2)
    num, _, num_locations = locations.shape
    if num_locations == 1:
        return locations[..., 0]
    # drawn for the images of all processes, so that one process with all of them draws the same
    generator = step_generator(f'location {place}')
    drawn = torch.randint(num_locations, (world_size() * num,), generator=generator)
    drawn = drawn[rank() * num : (rank() + 1) * num].to(made.device)
    return locations[torch.arange(num, device=made.device), :, drawn]
