"""Heads that make a method of two views compress: C-SimCLR and C-BYOL."""

import dataclasses
import functools
from typing import Dict, Optional

import torch
import torch.nn.functional as F
from torch import Tensor

from mmcl.models.necks import MLP
from mmcl.registry import MODELS
from mmcl.structures import ContrastSet
from mmcl.utils.errors import expect, expect_each
from mmcl.utils.own_rows import own_rows
from mmcl.utils.step_random import step_generator
from mmcl.utils.von_mises_fisher import around, von_mises_fisher

from .contrastive_head import ContrastiveHead
from .latent_head import LatentHead


class ResidualRate:
    r"""What a code on the sphere tells of its own view beyond the other one: :math:`\ln e(z|x) - \ln b(z|x')`, from one draw z.

    The forward encoder e(z|x) and the backward encoder b(z|x') are von Mises-Fisher distributions around embeddings of the two views. The
    mean over draws is at least I(X; Z | X').

    Args:
        encoder_concentration (float): kappa_e of e, > 0.
        backward_concentration (float): kappa_b of b, > 0.
        beta (float): Price of a nat, >= 0.

    Raises:
        InputError: A value out of range.
    """

    def __init__(self, encoder_concentration: float, backward_concentration: float, beta: float) -> None:
        expect_each(
            'The head has',
            'Set model.head.{name}',
            ('encoder_concentration', encoder_concentration, encoder_concentration > 0, 'a number above 0'),
            (
                'backward_concentration',
                backward_concentration,
                backward_concentration > 0,
                'a number above 0',
            ),
            ('beta', beta, beta >= 0, 'a number >= 0'),
        )
        self.forth, self.back = encoder_concentration, backward_concentration

    def draw(self, mean: Tensor, draws: str) -> Tensor:
        """Codes (N, D) around means (N, D); one process with all images draws the same."""
        make = von_mises_fisher(mean.shape[1], self.forth).draw
        generator = step_generator(f'codes {draws}')
        return around(mean, own_rows(functools.partial(make, generator=generator), len(mean)).to(mean))

    def of(self, codes: Tensor, mean: Tensor, other: Tensor) -> Tensor:
        """The rate of codes (N, D) drawn around ``mean`` (N, D), where ``other`` (N, D) is what b is around: (N,), nats."""
        forth, back = (von_mises_fisher(mean.shape[1], kappa) for kappa in (self.forth, self.back))
        return forth.log_prob(codes, mean) - back.log_prob(codes, other)

    def of_strangers(self, dim: int) -> float:
        """Its mean where the other view's embedding has nothing to do with the code."""
        forth, back = (von_mises_fisher(dim, kappa) for kappa in (self.forth, self.back))
        return forth.log_normalizer + self.forth * forth.mean_cosine - back.log_normalizer


@MODELS.register_module()
class ContrastiveCEBHead(ContrastiveHead):
    r"""Contrastive conditional entropy bottleneck (Compressive Visual Representations, https://arxiv.org/abs/2109.12909, eq. 8 and 9).

    It takes the place of :class:`ContrastiveHead`: anchors become draws z of e(z|x), and
    :math:`L = \beta (\ln e(z|x) - \ln b(z|x')) - \ln \frac{b(z|x')}{\sum_j b(z|x_j)}` over the anchor's candidates, which b is around.
    The second term is InfoNCE of z at temperature 1 / kappa_b. The paper divides the sum by the number of candidates, a constant here.

    Args:
        encoder_concentration (float): kappa_e, > 0; the larger, the less noise. Defaults to 1024.
        backward_concentration (float): kappa_b, > 0: 1 / temperature. Defaults to 10.
        beta (float): Price of a nat of what z tells of x beyond x', >= 0. Defaults to 1.
        loss_weight (float): Multiplies both terms. Defaults to 1.

    Raises:
        InputError: A value out of range, or a contrast set whose positives are no candidates of the anchors' own.
    """

    def __init__(
        self,
        encoder_concentration: float = 1024.0,
        backward_concentration: float = 10.0,
        beta: float = 1.0,
        loss_weight: float = 1.0,
    ) -> None:
        self.rate = ResidualRate(encoder_concentration, backward_concentration, beta)
        super().__init__(1 / backward_concentration, loss_weight)
        self.beta = beta

    def forward(self, contrast: ContrastSet, draws: str = '') -> Dict[str, Tensor]:
        """Compare.

        Args:
            contrast (ContrastSet): N anchors, their positives among their own candidates.
            draws (str): Names this step's draws: pairs of views that share a name share the noise.

        Returns:
            dict: As :class:`ContrastiveHead`, cosines being those of the drawn codes; ``residual_information``, the rate in nats before
            weighting; ``information``, ln of the candidates minus InfoNCE, at most I(Z; X').
        """
        expect(
            contrast.own.shape[1] > 0 and contrast.offset is None,
            f"ContrastiveCEBHead was given {contrast.own.shape[1]} candidates of the anchors' own, mixed: {contrast.offset is not None}",
            'the other view of each image as a candidate of its own',
            "Set model.positives=dict(type='InstancePositives')",
        )
        mean, rows = contrast.anchors, torch.arange(len(contrast.anchors), device=contrast.anchors.device)
        other = contrast.own[rows, contrast.target]
        codes = self.rate.draw(mean, draws)
        terms = super().forward(dataclasses.replace(contrast, anchors=codes))
        rate = self.rate.of(codes, mean, other).mean()
        price = self.beta * self.loss_weight
        return dict(
            terms,
            loss=terms['loss'] + price * rate,
            chance=terms['chance'] + price * self.rate.of_strangers(mean.shape[1]),
            residual_information=rate.detach(),
            information=(terms['chance'] - terms['loss'].detach()) / self.loss_weight,
        )


@MODELS.register_module()
class CompressiveLatentHead(LatentHead):
    r"""BYOL's loss of a drawn code, and its rate (C-BYOL, https://arxiv.org/abs/2109.12909, section 2.4).

    It takes the place of :class:`LatentHead`. What the predictor gives is the mean of e(z|x); a linear layer predicts the target from the
    draw z, and an MLP makes the mean of b(z|x') of the target:
    :math:`L = w |norm(W z) - t|^2 + \beta (\ln e(z|x) - \ln b(z|x'))`.

    Args:
        dim (int): D, width of predictions and targets, >= 3.
        hidden_channels (int): Width of the MLP's hidden layer, >= 1. Defaults to 4096.
        encoder_concentration (float): kappa_e, > 0. Defaults to 16384.
        backward_concentration (float): kappa_b, > 0. Defaults to 10.
        beta (float): Price of a nat, >= 0. Defaults to 1.
        loss_weight (float): w, half of the decoder's concentration: 5 for 300 epochs, 2 for 1000. Defaults to 1.
        norm_cfg (dict): Norm of the MLP's hidden layer. Defaults to SyncBN.
        init (str): As :class:`~mmcl.models.necks.MLP`. Defaults to 'torch'.

    Raises:
        InputError: A value out of range.
    """

    def __init__(
        self,
        dim: int,
        hidden_channels: int = 4096,
        encoder_concentration: float = 16384.0,
        backward_concentration: float = 10.0,
        beta: float = 1.0,
        loss_weight: float = 1.0,
        norm_cfg: Optional[dict] = dict(type='SyncBN'),  # noqa: B006  read only
        init: str = 'torch',
    ) -> None:
        super().__init__(loss_weight)
        self.rate = ResidualRate(encoder_concentration, backward_concentration, beta)
        self.beta = beta
        layers = dict(last_bias=False, norm_cfg=norm_cfg, init=init)
        self.decoder = MLP(dim, dim, dim, num_layers=1, **layers)
        self.backward_encoder = MLP(dim, hidden_channels, dim, **layers)

    def forward(self, mean: Tensor, target: Tensor, draws: str = '') -> Dict[str, Tensor]:
        """Compare (N, D) unit-length means of e with (N, D) unit-length targets; ``draws`` names this step's draws.

        Returns:
            dict: As :class:`LatentHead`, and ``residual_information``, the rate in nats before weighting.
        """
        codes = self.rate.draw(mean, draws)
        terms = super().forward(F.normalize(self.decoder(codes), dim=1), target)
        rate = self.rate.of(codes, mean, F.normalize(self.backward_encoder(target), dim=1)).mean()
        return dict(
            terms,
            loss=terms['loss'] + self.beta * rate,
            chance=terms['chance'] + self.beta * self.rate.of_strangers(mean.shape[1]),
            residual_information=rate.detach(),
        )
