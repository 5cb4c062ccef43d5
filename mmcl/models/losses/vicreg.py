"""VICReg's three terms (https://arxiv.org/abs/2105.04906, section 4.1), one batch of embeddings at a time."""

from torch import Tensor

EPSILON = 1e-4  # inside the root, whose slope at 0 would be infinite


def variance_hinge(embeddings: Tensor) -> Tensor:
    """How far the standard deviations of the dimensions stay below 1, their mean (eq. 1).

    Args:
        embeddings (Tensor): (N, D), N >= 2.

    Returns:
        Tensor: Scalar in [0, 0.99]; 0.99 for equal rows.
    """
    return (1 - (embeddings.var(dim=0) + EPSILON).sqrt()).relu().mean()


def off_diagonal_covariance(embeddings: Tensor) -> Tensor:
    """Sum of the squared covariances of different dimensions, divided by their number D (eq. 3 and 4).

    Args:
        embeddings (Tensor): (N, D), N >= 2.

    Returns:
        Tensor: Scalar >= 0; 0 for uncorrelated dimensions.
    """
    num, dim = embeddings.shape
    centred = embeddings - embeddings.mean(dim=0)
    # The sum of the squares of C = Z'Z / (N - 1) is also that of ZZ' / (N - 1): the smaller of the two is made.
    product = centred.T @ centred if dim <= num else centred @ centred.T
    squares = product.square().sum() / (num - 1) ** 2
    return (squares - centred.var(dim=0).square().sum()) / dim
