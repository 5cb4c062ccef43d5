"""Losses of latent prediction."""

from torch import Tensor


def cosine_distance(prediction: Tensor, target: Tensor) -> Tensor:
    r"""Squared distance of unit vectors, :math:`\|p - z\|^2 = 2 - 2 p \cdot z`, mean over the batch.

    BYOL (https://arxiv.org/abs/2006.07733), eq. 2.

    Args:
        prediction (Tensor): (N, D), unit length.
        target (Tensor): (N, D), unit length.

    Returns:
        Tensor: Scalar in [0, 4]; 2 for unrelated vectors.
    """
    return 2 - 2 * (prediction * target).sum(dim=1).mean()
