"""A further view for a gate."""

from typing import Tuple

from torch import nn

from mmcl.registry import MODELS

from .base import Embeddings, Pairs, Views
from .ema_pair import EMAPair


@MODELS.register_module()
class GatedPair(EMAPair):
    """:class:`EMAPair` that also makes a query of the view that the gate looks at (MiCE, https://arxiv.org/abs/2105.01899).

    Args:
        view (int): Which one. Defaults to 2.
        **kwargs: See :class:`EMAPair`.
    """

    def __init__(self, view: int = 2, **kwargs) -> None:
        super().__init__(**kwargs)
        self.view = view

    def forward(self, learner: nn.Module, views: Views, pairs: Pairs) -> Tuple[Embeddings, Embeddings]:
        """Queries, the gate's view among them, and keys."""
        return super().forward(learner, views, [*pairs, (self.view, pairs[0][1])])
