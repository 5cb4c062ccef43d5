"""One network makes queries and keys."""

from itertools import groupby
from typing import Tuple

import torch
from torch import nn

from mmcl.registry import MODELS

from .base import Embeddings, EncoderPair, Pairs, Views


@MODELS.register_module()
class SharedPair(EncoderPair):
    """Queries and keys come from one network and both carry gradient (SimCLR).

    Args:
        joint (bool): Run views of equal size through the backbone as one batch, and all of them through the neck, so that batch norm
            sees them together, as SimCLR's and SwAV's code do; False: each view on its own. Defaults to True.
        **kwargs: See :class:`EncoderPair`.
    """

    stop_gradient = False  # of the keys

    def __init__(self, joint: bool = True, **kwargs) -> None:
        super().__init__(**kwargs)
        self.joint = joint

    def forward(self, learner: nn.Module, views: Views, pairs: Pairs) -> Tuple[Embeddings, Embeddings]:
        """Queries, through the predictor where there is one, and keys."""
        used = sorted({view for pair in pairs for view in pair})
        inputs = [views[v] for v in used]
        if self.joint:
            by_size = [torch.cat(list(group)) for _, group in groupby(inputs, lambda view: view.shape[2:])]
            projections = self.project(learner, by_size).chunk(len(used))
        else:
            projections = [self.project(learner, view) for view in inputs]
        queries = {v: self.query(learner, z) for v, z in zip(used, projections)}
        keys = queries
        if learner.predictor is not None:
            keys = {v: self.scaled(z) for v, z in zip(used, projections)}
        if self.stop_gradient:
            keys = {v: z.detach() for v, z in keys.items()}
        return queries, keys


@MODELS.register_module()
class StopGradPair(SharedPair):
    """Keys are the network's own projections without gradient (SimSiam, https://arxiv.org/abs/2011.10566, algorithm 1).

    Each view goes through the network on its own, so that batch norm sees one view at a time.

    Args:
        **kwargs: See :class:`EncoderPair`.
    """

    stop_gradient = True

    def __init__(self, **kwargs) -> None:
        super().__init__(joint=False, **kwargs)
