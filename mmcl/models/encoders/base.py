"""What every encoder pair offers."""

from typing import Dict, List, Optional, Tuple

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.models.necks import pool

from .chunked import in_chunks

Views = List[Tensor]  # each (N, 3, H, W)
Pairs = List[Tuple[int, int]]  # (query view, key view)
Embeddings = Dict[int, Tensor]  # {view: (N, D)}


class EncoderPair(BaseModule):
    """Turns views into queries and keys. The online modules belong to the learner and are handed over at every call.

    Args:
        chunk_size (int, optional): Images that go through backbone and neck at once, >= 1; the memory for activations is then that of so
            many images, at the price of a second forward pass, while the loss still sees the whole batch (GradCache, see
            :func:`~mmcl.models.encoders.chunked.in_chunks`). Defaults to None: all at once.
    """

    def __init__(self, chunk_size: Optional[int] = None) -> None:
        super().__init__()
        self.chunk_size = chunk_size

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
        return unit(self.project(learner, images))

    def project(self, network: nn.Module, images: Tensor) -> Tensor:
        """Images (N, 3, H, W) -> the projection (N, D) of a network with ``backbone`` and ``neck``, before normalisation."""
        if len(images) > (self.chunk_size or len(images)):
            return in_chunks(self.project, network, images, self.chunk_size)
        features = network.backbone(images)
        return pool(features) if network.neck is None else network.neck(features)


def precise(made: Tensor) -> Tensor:
    """What a network made, at least in fp32: losses and memories do without autocast's formats."""
    return made.to(torch.promote_types(made.dtype, torch.float32))


def unit(embedding: Tensor) -> Tensor:
    """Scale rows to length 1, at least in fp32."""
    return F.normalize(precise(embedding), dim=1)


def query(learner: nn.Module, projection: Tensor) -> Tensor:
    """A projection, through the predictor where there is one, as a unit-length query."""
    return unit(projection if learner.predictor is None else learner.predictor(projection))
