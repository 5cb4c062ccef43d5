"""lightly's methods as models of this project's runner, so that a peer has the same network, views, loop and kNN (benchmarks/fm.py).

Heads, losses, momentum updates and their order are lightly's, as its examples put them together; widths, temperatures and momenta
are those of this project's config of the method. Networks run under autocast and losses in fp32, as here.
"""

import copy

import torch
from lightly.loss import DCLLoss, NegativeCosineSimilarity, NTXentLoss, SwaVLoss, VICRegLoss
from lightly.models import modules
from lightly.models.modules.heads import VICRegProjectionHead
from lightly.models.utils import update_momentum
from torch import Tensor, nn

from mmcl.models.learners.embedder import Embedder
from mmcl.models.necks import pool
from mmcl.registry import MODELS

WIDTH, HIDDEN = 128, 512  # of the protocol's network and of the heads


class Peer(Embedder):
    """Backbone, lightly's heads and a loss of two views."""

    def __init__(self, backbone: dict, data_preprocessor: dict) -> None:
        super().__init__(backbone, data_preprocessor=data_preprocessor)
        self.build()

    def build(self) -> None:
        """Make heads and criterion."""
        raise NotImplementedError

    def step(self, first: Tensor, second: Tensor) -> Tensor:
        """The loss of two views, (N, 3, H, W) each."""
        raise NotImplementedError

    def forward(self, inputs, data_samples=None, mode: str = 'tensor'):
        """As the project's learners."""
        return (
            self.predict(inputs, data_samples)
            if mode == 'predict'
            else super().forward(inputs, data_samples, mode)
        )

    def loss(self, inputs, data_samples) -> dict:
        """One training step."""
        return dict(loss=self.step(*inputs[:2]))

    def encode(self, images: Tensor) -> Tensor:
        """Pooled features (N, C)."""
        return pool(self.backbone(images))

    def criterion_of(self, *tensors) -> Tensor:
        """The criterion in full precision."""
        with torch.autocast('cpu', enabled=False):
            return self.criterion(
                *(x.float() if isinstance(x, Tensor) else [y.float() for y in x] for x in tensors)
            )


@MODELS.register_module()
class LightlySimCLR(Peer):
    """https://docs.lightly.ai/self-supervised-learning/examples/simclr.html; the others likewise."""

    def build(self) -> None:
        """Make heads and criterion."""
        self.projector = modules.SimCLRProjectionHead(WIDTH, HIDDEN, 128)
        self.criterion = NTXentLoss(0.2)

    def step(self, first: Tensor, second: Tensor) -> Tensor:
        """The loss of two views."""
        return self.criterion_of(*(self.projector(self.encode(view)) for view in (first, second)))


@MODELS.register_module()
class LightlyDCL(LightlySimCLR):
    """Debiased by leaving the positive out of the denominator; the nearest that lightly has to HCL."""

    def build(self) -> None:
        """Make heads and criterion."""
        super().build()
        self.criterion = DCLLoss(0.2)


@MODELS.register_module()
class LightlyVICReg(LightlySimCLR):
    """VICReg."""

    def build(self) -> None:
        """Make heads and criterion."""
        self.projector = VICRegProjectionHead(WIDTH, HIDDEN, HIDDEN, num_layers=3)
        self.criterion = VICRegLoss()


@MODELS.register_module()
class LightlySwAV(Peer):
    """SwAV on two views, without a queue."""

    def build(self) -> None:
        """Make heads and criterion."""
        self.projector = modules.SwaVProjectionHead(WIDTH, HIDDEN, 128)
        self.prototypes = modules.SwaVPrototypes(128, 300, n_steps_frozen_prototypes=234)  # the first epoch
        self.criterion, self.steps = SwaVLoss(), 0

    def step(self, first: Tensor, second: Tensor) -> Tensor:
        """The loss of two views."""
        self.prototypes.normalize()
        embeddings = [
            nn.functional.normalize(self.projector(self.encode(view)), dim=1) for view in (first, second)
        ]
        scores = [self.prototypes(z, self.steps) for z in embeddings]
        self.steps += 1
        return self.criterion_of(scores, [])


@MODELS.register_module()
class LightlySimSiam(Peer):
    """SimSiam."""

    def build(self) -> None:
        """Make heads and criterion."""
        self.projector = modules.SimSiamProjectionHead(WIDTH, HIDDEN, HIDDEN)
        self.predictor = modules.SimSiamPredictionHead(HIDDEN, WIDTH, HIDDEN)
        self.criterion = NegativeCosineSimilarity()

    def step(self, first: Tensor, second: Tensor) -> Tensor:
        """The loss of two views."""
        keys = [self.projector(self.encode(view)) for view in (first, second)]
        queries = [self.predictor(key) for key in keys]
        losses = [self.criterion_of(queries[i], keys[1 - i].detach()) for i in (0, 1)]
        return sum(losses) / 2


class Momentum(Peer):
    """A peer with a moving average of its network."""

    momentum = 0.99

    def build(self) -> None:
        """Make heads and criterion."""
        self.target = copy.deepcopy(nn.ModuleList([self.backbone, self.projector])).requires_grad_(False)

    def keys(self, views) -> list[Tensor]:
        """The target, moved first as in lightly's examples, on every view."""
        for online, target in zip((self.backbone, self.projector), self.target):
            update_momentum(online, target, self.momentum)
        with torch.no_grad():
            return [self.target[1](pool(self.target[0](view))) for view in views]


@MODELS.register_module()
class LightlyMoCo(Momentum):
    """MoCo v2, one direction."""

    def build(self) -> None:
        """Make heads and criterion."""
        self.projector = modules.MoCoProjectionHead(WIDTH, HIDDEN, 128, batch_norm=True)
        self.criterion = NTXentLoss(0.2, memory_bank_size=(4096, 128))
        super().build()

    def step(self, first: Tensor, second: Tensor) -> Tensor:
        """The loss of two views."""
        (key,) = self.keys([second])
        return self.criterion_of(self.projector(self.encode(first)), key)


@MODELS.register_module()
class LightlyBYOL(Momentum):
    """BYOL."""

    momentum = 0.95

    def build(self) -> None:
        """Make heads and criterion."""
        self.projector = modules.BYOLProjectionHead(WIDTH, HIDDEN, 128)
        self.predictor = modules.BYOLPredictionHead(128, HIDDEN, 128)
        self.criterion = NegativeCosineSimilarity()
        super().build()

    def step(self, first: Tensor, second: Tensor) -> Tensor:
        """The loss of two views."""
        keys = self.keys([first, second])
        queries = [self.predictor(self.projector(self.encode(view))) for view in (first, second)]
        return sum(self.criterion_of(queries[i], keys[1 - i]) for i in (0, 1)) / 2
