"""Losses of a discriminator."""

import torch
import torch.nn.functional as F
from torch import Tensor


def discriminator_loss(real: Tensor, fake: Tensor) -> Tensor:
    r"""Logistic loss of scores, :math:`E[sp(-d(real))] + E[sp(d(fake))]` with sp the softplus (https://arxiv.org/abs/1406.2661, eq. 1).

    Args:
        real (Tensor): Scores of samples of the prior, (N, ...).
        fake (Tensor): Scores of what should look like them, (N, ...).

    Returns:
        Tensor: Scalar >= 0; 2 ln 2 for scores that are all 0.
    """
    return F.softplus(-real).mean() + F.softplus(fake).mean()


def gradient_penalty(scores: Tensor, inputs: Tensor) -> Tensor:
    """Half the mean squared norm of the scores' gradient by their inputs (https://arxiv.org/abs/1705.09367, eq. 21).

    Args:
        scores (Tensor): Computed from ``inputs``, each from its own row, (N, ...).
        inputs (Tensor): (N, D), requires gradient.

    Returns:
        Tensor: Scalar >= 0, which can be differentiated by the parameters.
    """
    (gradient,) = torch.autograd.grad(scores.sum(), inputs, create_graph=True)
    return gradient.square().sum(dim=1).mean() / 2
