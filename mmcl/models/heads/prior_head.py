"""The head that gives embeddings the distribution of a prior."""

from typing import Dict, Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.func import functional_call

from mmcl.models.losses import discriminator_loss, gradient_penalty
from mmcl.registry import MODELS
from mmcl.utils.errors import expect
from mmcl.utils.own_rows import own_rows
from mmcl.utils.step_random import step_generator


@MODELS.register_module()
class PriorHead(BaseModule):
    """An adversary that tells embeddings from uniform noise (Deep InfoMax, https://arxiv.org/abs/1808.06670, section 3.3).

    Embeddings go through a sigmoid first, as the prior is uniform on [0, 1]. Both sides are trained in one step by one optimizer: the
    discriminator's loss does not reach the network, nor the network's (non-saturating) the discriminator.

    Args:
        in_channels (int): Width of the embedding.
        hidden_channels (sequence of int): Widths of the discriminator's hidden layers. Defaults to (1000, 200).
        loss_weight (float): Of the network's loss, gamma >= 0. Defaults to 0.1.
        penalty (float): Of the discriminator's squared gradient, >= 0. Defaults to 1.

    Raises:
        InputError: A negative weight.
    """

    def __init__(
        self,
        in_channels: int,
        hidden_channels: Sequence[int] = (1000, 200),
        loss_weight: float = 0.1,
        penalty: float = 1.0,
    ) -> None:
        super().__init__()
        for name, value in (('loss_weight', loss_weight), ('penalty', penalty)):
            expect(value >= 0, f'PriorHead has {name}={value}', 'a number >= 0', f'Set model.prior.{name}')
        layers = []
        for width, next_width in zip((in_channels, *hidden_channels), hidden_channels):
            layers += [nn.Linear(width, next_width), nn.ReLU()]
        self.discriminator = nn.Sequential(*layers, nn.Linear((in_channels, *hidden_channels)[-1], 1))
        self.loss_weight, self.penalty = loss_weight, penalty

    def forward(self, embeddings: Tensor) -> Dict[str, Tensor]:
        """Compare (N, D) embeddings with as many draws from the prior.

        Returns:
            dict: ``loss_prior``, the network's, weighted; ``loss_discriminator``.
        """
        fake = embeddings.sigmoid()
        num, dim = fake.shape
        generator = step_generator('prior')
        real = own_rows(lambda rows: torch.rand(rows, dim, generator=generator, dtype=torch.float64), num).to(
            fake
        )
        sides = [side.detach().requires_grad_() for side in (real, fake)]
        scores = [self.discriminator(side) for side in sides]
        loss = discriminator_loss(*scores)
        loss = loss + self.penalty * sum(gradient_penalty(*pair) for pair in zip(scores, sides))
        frozen = {name: parameter.detach() for name, parameter in self.discriminator.named_parameters()}
        fooled = nn.functional.softplus(-functional_call(self.discriminator, frozen, fake)).mean()
        return dict(loss_prior=self.loss_weight * fooled, loss_discriminator=loss)
