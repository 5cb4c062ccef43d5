"""One network makes queries and keys."""

from typing import Optional, Tuple

import torch
from torch import Tensor, nn

from mmcl.registry import MODELS

from .base import Embeddings, EncoderPair, Pairs, Views, query, unit


@MODELS.register_module()
class SharedPair(EncoderPair):
    """Queries and keys are the same embeddings and both carry gradient (SimCLR).

    Args:
        joint (bool): Run all views through the network as one batch, so that batch norm sees them together, as SimCLR's code does.
            Views of different size need False. Defaults to True.
        chunk_size (int, optional): See :class:`EncoderPair`.
    """

    def __init__(self, joint: bool = True, chunk_size: Optional[int] = None) -> None:
        super().__init__(chunk_size)
        self.joint = joint

    def forward(self, learner: nn.Module, views: Views, pairs: Pairs) -> Tuple[Embeddings, Embeddings]:
        """Queries, through the predictor where there is one, and keys."""
        used = sorted({view for pair in pairs for view in pair})
        if self.joint:
            projections = self.project(learner, torch.cat([views[v] for v in used])).chunk(len(used))
        else:
            projections = [self.project(learner, views[v]) for v in used]
        queries = {v: query(learner, z) for v, z in zip(used, projections)}
        if learner.predictor is None:
            return queries, queries
        return queries, {v: self.key(z) for v, z in zip(used, projections)}

    def key(self, projection: Tensor) -> Tensor:
        """A projection as a unit-length key."""
        return unit(projection)


@MODELS.register_module()
class StopGradPair(SharedPair):
    """Keys are the network's own projections without gradient (SimSiam, https://arxiv.org/abs/2011.10566, algorithm 1).

    Each view goes through the network on its own, so that batch norm sees one view at a time.

    Args:
        chunk_size (int, optional): See :class:`EncoderPair`.
    """

    def __init__(self, chunk_size: Optional[int] = None) -> None:
        super().__init__(joint=False, chunk_size=chunk_size)

    def key(self, projection: Tensor) -> Tensor:
        """A projection as a unit-length key, without gradient."""
        return unit(projection.detach())
