"""How much a representation tells of its own view."""

import torch
from torch import Tensor

from mmcl.utils.errors import expect

from .distances import squared_distances


def own_view_bound(noisy: Tensor, means: Tensor, scale: float) -> Tensor:
    r"""A lower bound, up to a constant, on what noisy representations say of the views that they were made of.

    :math:`\hat I = -\frac1n \sum_a \log \sum_b \exp(-\lVert h_a - \mu_b \rVert^2 / c)`: InfoNCE with a Gaussian as its critic
    (https://arxiv.org/abs/2203.07004, section 3.2, LBE). What is left out is without gradient: the positive's exponent, which is the noise,
    and the logarithm of the number of candidates, :math:`\log M`.

    Args:
        noisy (Tensor): Representations with noise, h, (N, D).
        means (Tensor): Those of all views of the step without noise, mu, (M, D), N's own among them.
        scale (float): c, > 0, in squared units of the representation; the authors' 20 (CIFAR) and 80 (ImageNet) are far wider than the
            noise, whose own would be twice its variance.

    Returns:
        Tensor: Scalar, to be raised: without noise from -log M, all means alike, to 0, all far apart.

    Raises:
        InputError: ``scale`` <= 0.
    """
    expect(
        scale > 0, f'The own-view bound has scale={scale}', 'a number above 0', 'Set model.regulariser.scale'
    )
    return -torch.logsumexp(-squared_distances(noisy, means) / scale, dim=1).mean()
