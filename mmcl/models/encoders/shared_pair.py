"""One network makes queries and keys."""

from itertools import groupby
from typing import Dict, Tuple

import torch
from torch import Tensor, nn

from mmcl.models.necks import pool
from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .base import Embeddings, EncoderPair, Pairs, Views, precise, unit


@MODELS.register_module()
class SharedPair(EncoderPair):
    """Queries and keys come from one network and both carry gradient (SimCLR).

    Args:
        joint (bool): Run views of equal size through the backbone as one batch, and all of them through the neck, so that batch norm
            sees them together, as SimCLR's and SwAV's code do; False: each view on its own. Defaults to True.
        normalize (bool): Scale queries and keys to unit length; False for a loss that needs their scale (VICReg). Defaults to True.
        stop_gradient (bool): Keys carry no gradient: only the anchor of each product moves (Invariant and Spreading). Defaults to False.
        **kwargs: See :class:`EncoderPair`.
    """

    def __init__(
        self, joint: bool = True, normalize: bool = True, stop_gradient: bool = False, **kwargs
    ) -> None:
        super().__init__(**kwargs)
        self.joint = joint
        self.normalize = normalize
        self.stop_gradient = stop_gradient

    def forward(self, learner: nn.Module, views: Views, pairs: Pairs) -> Tuple[Embeddings, Embeddings]:
        """Queries, through the predictor where there is one, and keys; of unit length unless ``normalize`` is False."""
        used = sorted({view for pair in pairs for view in pair})
        project = self._together if self.joint else self._apart
        projections = project(learner, {v: views[v] for v in used})
        queries = keys = {v: self._scaled(z) for v, z in projections.items()}
        if learner.predictor is not None:
            queries = {v: self._scaled(learner.predictor(z)) for v, z in projections.items()}
        if self.stop_gradient:
            keys = {v: z.detach() for v, z in keys.items()}
        return queries, keys

    def _apart(self, learner: nn.Module, views: Dict[int, Tensor]) -> Embeddings:
        return {v: self.project(learner, view) for v, view in views.items()}

    def _together(self, learner: nn.Module, views: Dict[int, Tensor]) -> Embeddings:
        by_size = [
            torch.cat(list(group)) for _, group in groupby(views.values(), lambda view: view.shape[2:])
        ]
        if len(by_size) == 1 or self.chunk_size is not None:  # chunks pass the neck one by one anyway
            projections = torch.cat([self.project(learner, batch) for batch in by_size])
        else:
            features = torch.cat([pool(learner.backbone(batch)) for batch in by_size])
            projections = features if learner.neck is None else learner.neck(features)
        return dict(zip(views, projections.chunk(len(views))))

    def _scaled(self, embedding: Tensor) -> Tensor:
        return unit(embedding) if self.normalize else precise(embedding)


@MODELS.register_module()
class StopGradPair(SharedPair):
    """Keys are the network's own projections without gradient (SimSiam, https://arxiv.org/abs/2011.10566, algorithm 1).

    Each view goes through the network on its own, so that batch norm sees one view at a time. Two ways round it collapse, both of
    https://arxiv.org/abs/2203.16262:

    Args:
        predict_keys (bool): Keys pass the predictor as well ("symmetric predictor"). Defaults to False.
        mirror (bool): The gradient stops at the predictions, and keys carry it ("Mirror SimSiam"). Defaults to False.
        **kwargs: See :class:`EncoderPair`.

    Raises:
        InputError: Both at once, which is the first of them twice.
    """

    def __init__(self, predict_keys: bool = False, mirror: bool = False, **kwargs) -> None:
        super().__init__(joint=False, stop_gradient=not mirror, **kwargs)
        given = 'StopGradPair has predict_keys=True and mirror=True'
        expect(not (predict_keys and mirror), given, 'one of them', 'Remove one from model.encoder')
        self.predict_keys, self.mirror = predict_keys, mirror

    def forward(self, learner: nn.Module, views: Views, pairs: Pairs) -> Tuple[Embeddings, Embeddings]:
        """Queries and keys, one of which carries no gradient."""
        queries, keys = super().forward(learner, views, pairs)
        if self.predict_keys:
            keys = {v: p.detach() for v, p in queries.items()}
        if self.mirror:
            queries = {v: p.detach() for v, p in queries.items()}
        return queries, keys
