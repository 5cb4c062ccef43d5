"""Classification by cosines (NormFace, https://arxiv.org/abs/1704.06369)."""

import math

import torch
import torch.nn.functional as F
from torch import Tensor


def softmax_bound(scale: float, num_classes: int) -> float:
    r"""The least mean cross entropy of balanced classes when logits are cosines times ``scale`` (section 3.3, proposition 2).

    :math:`\log(1 + (C - 1) e^{-s C / (C - 1)})`, which features reach that lie at their class's weight while the weights are a regular
    simplex. At scale 1 it is far from 0.

    Args:
        scale (float): s, > 0; the paper's :math:`\ell^2`.
        num_classes (int): C, >= 2.

    Returns:
        float: > 0.
    """
    return math.log1p((num_classes - 1) * math.exp(-scale * num_classes / (num_classes - 1)))


def scale_for(posterior: float, num_classes: int) -> float:
    r"""The scale at which the bound allows a mean posterior, :math:`\frac{C - 1}{C} \log \frac{(C - 1) p}{1 - p}`.

    Args:
        posterior (float): p, in (1 / C, 1).
        num_classes (int): C, >= 2.
    """
    return (num_classes - 1) / num_classes * math.log((num_classes - 1) * posterior / (1 - posterior))


def c_contrastive(cosines: Tensor, labels: Tensor, margin: float = 1.0) -> Tensor:
    r"""Contrastive loss with classes in the place of images (section 3.4, eq. 12 with all classes as negatives).

    :math:`d_y + \sum_{j \neq y} \max(0, m - d_j)` with :math:`d_j = \|x - w_j\|^2 = 2 - 2 \cos_j`.

    Args:
        cosines (Tensor): Of features and class weights, (N, C).
        labels (Tensor): int64 (N,).
        margin (float): m, of squared distances, so in (0, 4].

    Returns:
        Tensor: Scalar, the mean over images; >= 0.
    """
    distances = 2 - 2 * cosines
    own = distances.gather(1, labels[:, None])[:, 0]
    pushed = F.relu(margin - distances)
    return (own + pushed.sum(dim=1) - F.relu(margin - own)).mean()


def c_triplet(cosines: Tensor, labels: Tensor, margin: float = 0.8) -> Tensor:
    r"""Triplet loss with classes in the place of images (section 3.4, eq. 13), :math:`\sum_{j \neq y} \max(0, m + d_y - d_j)`.

    Args:
        cosines (Tensor): Of features and class weights, (N, C).
        labels (Tensor): int64 (N,).
        margin (float): m > 0, of squared distances. The default is unverified.

    Returns:
        Tensor: Scalar, the mean over images; >= 0.
    """
    distances = 2 - 2 * cosines
    own = distances.gather(1, labels[:, None])
    others = torch.ones_like(distances).scatter(1, labels[:, None], 0)
    return (F.relu(margin + own - distances) * others).sum(dim=1).mean()
