"""Some views have batch norms of their own."""

from typing import Dict, Sequence

from torch import Tensor, nn

from mmcl.models.norm import TwinNorms
from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .base import Embeddings
from .shared_pair import SharedPair


@MODELS.register_module()
class TwinPair(SharedPair):
    """A :class:`SharedPair` with a second set of batch norms for views of another distribution, such as attacked ones (CLAE).

    All other weights are shared. Each view goes through the network on its own. The twins are in the checkpoint as ``encoder.twins.*``;
    features and embeddings are those of the network's own norms.

    Args:
        views (Sequence[int]): Views that go through the twins. Defaults to (2,).
        bn_momentum (float): Weight of a batch in the twins' running statistics, in (0, 1]. Defaults to 0.01, the authors'.
        **kwargs: See :class:`SharedPair`, without ``joint`` and ``chunk_size``.

    Raises:
        InputError: A ``chunk_size``, ``bn_momentum`` outside its range, or a network without batch norm.
    """

    def __init__(self, views: Sequence[int] = (2,), bn_momentum: float = 0.01, **kwargs) -> None:
        super().__init__(joint=False, **kwargs)
        given = f'TwinPair has chunk_size={self.chunk_size}'
        expect(self.chunk_size is None, given, 'None', 'Remove model.encoder.chunk_size')
        self.twinned, self.bn_momentum = frozenset(views), bn_momentum

    def attach(self, learner: nn.Module) -> None:
        """Make the twins."""
        self.twins = TwinNorms(learner.backbone, learner.neck, momentum=self.bn_momentum)
        remedy = "Set norm_cfg of backbone or neck, or take encoder=dict(type='SharedPair')"
        expect(len(self.twins) > 0, 'TwinPair found no batch norm', 'one or more', remedy)

    def _apart(self, learner: nn.Module, views: Dict[int, Tensor]) -> Embeddings:
        return {v: self._through(v, learner, view) for v, view in views.items()}

    def _through(self, number: int, learner: nn.Module, view: Tensor) -> Tensor:
        if number not in self.twinned:
            return self.project(learner, view)
        with self.twins.used_in(learner.backbone, learner.neck):
            return self.project(learner, view)
