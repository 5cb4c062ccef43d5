"""What every encoder pair offers."""

from typing import Dict, List, Tuple

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

Views = List[Tensor]  # each (N, 3, H, W)
Pairs = List[Tuple[int, int]]  # (query view, key view)
Embeddings = Dict[int, Tensor]  # {view: (N, D)}


class EncoderPair(BaseModule):
    """Turns views into queries and keys. The online modules belong to the learner and are handed over at every call."""

    def attach(self, learner: nn.Module) -> None:
        """Called once, when the learner is built: the place to copy its modules."""

    def forward(self, learner: nn.Module, views: Views, pairs: Pairs) -> Tuple[Embeddings, Embeddings]:
        """Encode the views that ``pairs`` of (query view, key view) need.

        Args:
            learner (nn.Module): Has ``backbone``, ``neck``, ``predictor``.
            views (list[Tensor]): Each (N, 3, H, W).
            pairs (list[tuple[int, int]]): (query view, key view).

        Returns:
            tuple: Queries and keys by view, each (N, D) of unit length.
        """
        raise TypeError(f'{type(self).__name__} does not encode')

    def embed(self, learner: nn.Module, images: Tensor) -> Tensor:
        """The embedding that clustering uses, (N, D) of unit length."""
        return unit(learner.project(images))


def unit(embedding: Tensor) -> Tensor:
    """Scale rows to length 1, at least in fp32."""
    return F.normalize(embedding.to(torch.promote_types(embedding.dtype, torch.float32)), dim=1)


def query(learner: nn.Module, projection: Tensor) -> Tensor:
    """A projection, through the predictor where there is one, as a unit-length query."""
    return unit(projection if learner.predictor is None else learner.predictor(projection))
