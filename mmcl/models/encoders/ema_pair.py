"""A slowly moving copy of the network makes the keys."""

import copy
from typing import Optional, Tuple

import torch
from torch import Tensor, nn

from mmcl.models.norm import split_batchnorm
from mmcl.registry import MODELS
from mmcl.utils.dist import world_size
from mmcl.utils.errors import expect

from .base import Embeddings, EncoderPair, Pairs, Views, query, unit
from .momentum import Momentum
from .shuffle import shuffled


@MODELS.register_module()
class EMAPair(EncoderPair):
    r"""Keys come from the target, an exponential moving average of the online network, without gradient (MoCo, eq. 2; BYOL, section 3.1).

    :math:`\theta_k \leftarrow m \theta_k + (1 - m) \theta_q` for parameters only: the target keeps its own batch norm
    statistics, from its own forward passes in training mode. ``MomentumHook`` calls :meth:`update` after every optimizer step.

    Args:
        momentum (float): Fraction kept, m, in [0.5, 1]; 0 makes the target equal to the online network. This is the papers'
            convention: 0.999, not MMEngine's 0.001.
        end_momentum (float, optional): m at the last step, reached along a cosine (BYOL, section 3.2); None keeps m constant.
        shuffle_bn (bool): Shuffle keys across processes so that their batch norm statistics come from other images (MoCo, section 3.3).
        bn_splits (int): Batch norm in that many parts over all processes, which emulates as many devices: 8 gives on one device
            the statistics of 8. 1 leaves batch norm as it is. Defaults to 1.
        lead (int): Optimizer steps by which the schedule runs ahead. MoCo v3's code moves the target at the start of a step, with that
            step's momentum, which is after the step before it: 1. Defaults to 0, BYOL's.
        **kwargs: See :class:`EncoderPair`.

    Raises:
        InputError: ``momentum`` or ``end_momentum`` outside their range, or ``bn_splits`` < 1.
    """

    def __init__(
        self,
        momentum: float = 0.999,
        end_momentum: Optional[float] = None,
        shuffle_bn: bool = False,
        bn_splits: int = 1,
        lead: int = 0,
        **kwargs,
    ) -> None:
        super().__init__(**kwargs)
        given = f'EMAPair has bn_splits={bn_splits}'
        expect(bn_splits >= 1, given, 'at least 1', 'Set model.encoder.bn_splits=8, or 1 to switch it off')
        self.momentum = Momentum(momentum, end_momentum)
        self.lead = lead
        self.shuffle_bn = shuffle_bn
        self.bn_splits = bn_splits
        # false until the target has been copied from the initialised network; persistent, so that a resumed target is never overwritten
        self.register_buffer('copied', torch.tensor(False))
        self._copied = False  # the same, read without a device synchronisation

    def attach(self, learner: nn.Module) -> None:
        """Split the learner's batch norm where asked to, and make the target."""
        splits = max(self.bn_splits // world_size(), 1)
        if splits > 1:
            split_batchnorm(_online(learner), splits)
        self.target = copy.deepcopy(_online(learner)).requires_grad_(False)

    def forward(self, learner: nn.Module, views: Views, pairs: Pairs) -> Tuple[Embeddings, Embeddings]:
        """Queries from the online network, keys from the target."""
        self._copy_once(learner)
        queries = {v: query(learner, self.project(learner, views[v])) for v in sorted({i for i, _ in pairs})}
        keys = {v: self._key(views[v]) for v in sorted({j for _, j in pairs})}
        return queries, keys

    @torch.no_grad()
    def _key(self, images: Tensor) -> Tensor:
        return shuffled(self._project, images) if self.shuffle_bn else self._project(images)

    def _project(self, images: Tensor) -> Tensor:
        return unit(self.project(self.target, images))

    @torch.no_grad()
    def embed(self, learner: nn.Module, images: Tensor) -> Tensor:
        """The target's embedding, (N, D) of unit length."""
        self._copy_once(learner)
        return self._project(images)

    @torch.no_grad()
    def update(self, learner: nn.Module, step: int, total: int) -> float:
        """Move the target after an optimizer step.

        Args:
            learner (nn.Module): Its ``backbone`` and ``neck`` are followed.
            step (int): Optimizer steps done before this one, from 0.
            total (int): Optimizer steps of the whole run.

        Returns:
            float: The momentum that was used.
        """
        momentum = self.momentum.at(min((step + self.lead) / total, 1))
        self._copy_once(learner)
        online = list(_online(learner).parameters())
        torch._foreach_lerp_(list(self.target.parameters()), online, 1 - momentum)
        return momentum

    def _copy_once(self, learner: nn.Module) -> None:
        """Copy the online network into the target, before first use."""
        if not self._copied and not bool(self.copied):
            self.target.load_state_dict(_online(learner).state_dict())
            self.copied.fill_(True)
        self._copied = True


def _online(learner: nn.Module) -> nn.ModuleDict:
    """What the target follows."""
    return nn.ModuleDict(dict(backbone=learner.backbone, neck=learner.neck))
