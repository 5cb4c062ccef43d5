"""Each view has an encoder of its own."""

from typing import Tuple

from torch import Tensor, nn

from mmcl.registry import MODELS

from .base import Embeddings, EncoderPair, Pairs, Views, precise, unit


@MODELS.register_module()
class ViewPair(EncoderPair):
    """View v goes through branch v of the backbone and of the neck (:class:`ViewBackbones`, :class:`ViewNecks`); both sides carry gradient.

    What clustering uses are the embeddings of all views side by side.
    """

    def __init__(self) -> None:  # no chunks
        super().__init__()

    def forward(self, learner: nn.Module, views: Views, pairs: Pairs) -> Tuple[Embeddings, Embeddings]:
        """Queries and keys, the same unit-length embeddings."""
        used = sorted({view for pair in pairs for view in pair})
        made = {v: learner.neck.view(v, learner.backbone.view(v, views[v])) for v in used}
        made = {v: unit(embedding) for v, embedding in made.items()}
        return made, made


@MODELS.register_module()
class MapPair(EncoderPair):
    """Queries are the maps of each view's branch of the backbone, (N, C, h, w); keys the views themselves (:class:`ViewPrediction`)."""

    def __init__(self) -> None:
        super().__init__()

    def forward(self, learner: nn.Module, views: Views, pairs: Pairs) -> Tuple[Embeddings, Embeddings]:
        """Maps of the views that predict, and images of those that are predicted."""
        backbone = learner.backbone
        maps = {a: backbone.branches[a](backbone.image(a, views[a])) for a in sorted({a for a, _ in pairs})}
        queries = {a: precise(made if isinstance(made, Tensor) else made[-1]) for a, made in maps.items()}
        return queries, {b: precise(backbone.image(b, views[b])) for b in sorted({b for _, b in pairs})}
