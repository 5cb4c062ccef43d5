"""Heads of classifiers with a noisy code: the information bottleneck."""

import math
from typing import Dict, Optional, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from mmcl.models.losses.gaussian_code import gaussian_kl, gaussian_log_density
from mmcl.registry import MODELS
from mmcl.utils.errors import expect, expect_each
from mmcl.utils.own_rows import own_rows
from mmcl.utils.step_random import step_generator

from .classifier_head import ClassifierHead

_SHIFT = 5.0  # softplus(rho - 5): deviations start near 0.007, as in the authors' notebook
_LEAST = math.exp(-10)  # of a deviation: its logarithm is clamped, never the loss


@MODELS.register_module()
class VIBHead(ClassifierHead):
    r"""Variational information bottleneck (Alemi et al. 2016, https://arxiv.org/abs/1612.00410, eq. 17).

    The features are the parameters of a Gaussian code e(z|x); the classifier sees a draw of it and pays for what it tells of the image:
    :math:`L = E_z[-\ln q(y|z)] + \beta KL[e(z|x) \| N(0, I)]`, in nats, the rate summed over the code's K dimensions. The rate is at least
    I(Z; X), and for balanced classes I(Z; Y) is at least ``information``.

    Args:
        in_channels (int): K, width of the code, >= 1. The neck gives 2 K numbers, means and then what deviations are made of
            (softplus(rho - 5)), or with ``std`` K.
        num_classes (int): C, >= 1.
        beta (float): Price of a nat of rate, >= 0: 1e-3 on MNIST. ``ScheduleHook`` takes it up from 0, without which the code may
            collapse (rate 0). Defaults to 1e-3.
        std (float, optional): A fixed standard deviation of the code, > 0. Defaults to None: the neck's.
        num_samples (int): Draws of the code, >= 0, over which a prediction's probabilities are averaged; 0 predicts from the mean code,
            which is another number. The same deviates for all images, so that an image's prediction does not depend on its batch.
            Defaults to 0.
        init_std (float): Of the classifier's initial weights, see :class:`ClassifierHead`. Defaults to 0.01.

    Raises:
        InputError: A value out of range, or features of another width.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        beta: float = 1e-3,
        std: Optional[float] = None,
        num_samples: int = 0,
        init_std: float = 0.01,
        init_cfg: dict = None,
    ) -> None:
        super().__init__(in_channels, num_classes, init_std, init_cfg)
        expect_each(
            f'{type(self).__name__} has',
            'Set model.head.{name}',
            ('beta', beta, beta >= 0, 'a number >= 0'),
            ('std', std, std is None or std > 0, 'a number above 0, or None'),
            ('num_samples', num_samples, num_samples >= 0, 'a number of draws >= 0'),
        )
        self.in_channels, self.beta, self.std, self.num_samples = in_channels, beta, std, num_samples

    def code(self, features: Tensor) -> Tuple[Tensor, Tensor]:
        """The code's distribution: means (N, K) and ln of the standard deviations (N, K)."""
        width = self.in_channels * (1 if self.std else 2)
        expect(
            features.shape[1] == width,
            f'{type(self).__name__} was given features of width {features.shape[1]}',
            f'{width}, {"the" if self.std else "mean and deviation of each of the"} {self.in_channels} numbers of the code',
            'Set out_channels of model.neck, or model.head.in_channels',
        )
        if self.std:
            return features, features.new_tensor(self.std).log().expand_as(features)
        mean, rho = features.chunk(2, dim=1)
        return mean, F.softplus(rho - _SHIFT).clamp(min=_LEAST).log()

    def forward(self, features: Tensor) -> Tensor:
        """Features -> logits (N, C): of the mean code, or ln of the probabilities' mean over ``num_samples`` draws."""
        mean, log_std = self.code(features)
        if not self.num_samples:
            return self.decode(mean)
        deviates = torch.randn(self.num_samples, self.in_channels, generator=torch.Generator().manual_seed(0))
        draws = mean[:, None] + log_std.exp()[:, None] * deviates.to(mean)  # (N, S, K)
        return self.decode(draws).log_softmax(dim=2).logsumexp(dim=1) - math.log(self.num_samples)

    def decode(self, code: Tensor) -> Tensor:
        """Codes (..., K) -> logits (..., C)."""
        return self.fc(code)

    def rate(self, mean: Tensor, log_std: Tensor, code: Tensor, labels: Tensor) -> Tensor:
        """What each code tells, (N,), nats; in closed form, since one draw's estimate is noisy and may be negative."""
        return gaussian_kl(mean, log_std)

    def loss(self, features: Tensor, labels: Tensor) -> Dict[str, Tensor]:
        """Both terms.

        Args:
            features (Tensor): Parameters of the codes, (N, 2 K) or (N, K), at least fp32.
            labels (Tensor): int64 (N,), in [0, C).

        Returns:
            dict: ``loss_label`` and ``loss_rate``, weighted; ``vs_chance``, their sum over the loss of a code that tells nothing (ln C);
            ``hits`` of the drawn codes; ``rate`` in nats, before weighting; ``information``, ln C minus the cross entropy, which for
            balanced classes is at most I(Z; Y).
        """
        mean, log_std = self.code(features)
        draw = _normal(len(mean), self.in_channels)
        code = mean + log_std.exp() * draw.to(mean)
        judged = super().loss(self.decode(code), labels)
        rate = self.rate(mean, log_std, code, labels).mean()
        chance, paid = math.log(max(self.num_classes, 2)), self.beta * rate
        return dict(
            loss_label=judged['loss'],
            loss_rate=paid,
            vs_chance=judged['vs_chance'] + paid.detach() / chance,
            hits=judged['hits'],
            rate=rate.detach(),
            information=chance - judged['loss'].detach(),
        )


@MODELS.register_module()
class CEBHead(VIBHead):
    r"""Conditional entropy bottleneck (Fischer 2020, https://arxiv.org/abs/2002.05379).

    What is paid for is only what the code tells of the image beyond its class, with the help of a backward encoder
    :math:`b(z|y) = N(\mu_y, \sigma_y^2)`: :math:`L = \beta E[\ln e(z|x) - \ln b(z|y)] + E[-\ln c(y|z)]`. The first term is at least
    I(X; Z | Y) = I(X; Z) - I(Y; Z). The papers write gamma = 1 / beta or beta = e^-rho; this is the bottleneck with
    beta_IB = 1 + 1 / beta in front of I(Y; Z), and beta = 1 asks for the minimum necessary information.

    Args:
        in_channels (int): K, as :class:`VIBHead`.
        num_classes (int): C, >= 1.
        beta (float): Price of a nat, >= 0. Defaults to 1.
        std (float, optional): Of the code, as :class:`VIBHead`; then every sigma_y is 1, else they are learned.
        num_samples (int): As :class:`VIBHead`.
        decoder (str): 'linear', c is a classifier of its own; 'backward', c(y|z) is proportional to b(z|y), which leaves the label one
            model of the code instead of two. Defaults to 'linear'.
        sampled_rate (bool): Take the first term at the drawn code, as the papers do, instead of its expectation over draws, which for two
            Gaussians is known and has the same mean. Defaults to False.
        init_std (float): Of the classifier's initial weights. Defaults to 0.01.

    Raises:
        InputError: A value out of range, or labels that are mixtures of classes.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        beta: float = 1.0,
        std: Optional[float] = None,
        num_samples: int = 0,
        decoder: str = 'linear',
        sampled_rate: bool = False,
        init_std: float = 0.01,
        init_cfg: dict = None,
    ) -> None:
        super().__init__(in_channels, num_classes, beta, std, num_samples, init_std, init_cfg)
        given = f'CEBHead has decoder={decoder!r}'
        expect(decoder in ('linear', 'backward'), given, "'linear' or 'backward'", 'Set model.head.decoder')
        if decoder == 'backward':
            self.fc = None  # an unused layer would have no gradient
        self.sampled_rate = sampled_rate
        self.means = nn.Parameter(torch.empty(num_classes, in_channels))
        log_stds = torch.zeros(num_classes, in_channels)
        if std is None:
            self.log_stds = nn.Parameter(log_stds)
        else:
            self.register_buffer('log_stds', log_stds, persistent=False)
        nn.init.normal_(self.means, std=0.1)

    def init_weights(self) -> None:
        """Initialise the classifier, where there is one, and the backward encoder."""
        if self.fc is not None:
            super().init_weights()
        nn.init.normal_(self.means, std=0.1)
        nn.init.zeros_(self.log_stds)

    def decode(self, code: Tensor) -> Tensor:
        """Codes (..., K) -> logits (..., C)."""
        if self.fc is not None:
            return self.fc(code)
        return gaussian_log_density(code[..., None, :], self.means, self.log_stds)

    def rate(self, mean: Tensor, log_std: Tensor, code: Tensor, labels: Tensor) -> Tensor:
        """What each code tells beyond the label, (N,), nats; at the drawn code it may be negative."""
        expect(
            not labels.is_floating_point(),
            'CEBHead was given labels that are mixtures of classes',
            'one class an image',
            'Take batch_augments out of model.data_preprocessor, or set model.head.type=VIBHead',
        )
        of_class = self.means[labels], self.log_stds[labels]
        if self.sampled_rate:  # both densities at the same code
            return gaussian_log_density(code, mean, log_std) - gaussian_log_density(code, *of_class)
        return gaussian_kl(mean, log_std, *of_class)


def _normal(rows: int, width: int) -> Tensor:
    """Deviates of this step's codes, float64 (rows, width), those of one process with all images."""
    generator = step_generator('code')
    return own_rows(lambda num: torch.randn(num, width, generator=generator, dtype=torch.float64), rows)
