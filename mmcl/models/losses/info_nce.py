"""InfoNCE."""

import torch.nn.functional as F
from torch import Tensor


def info_nce(logits: Tensor, target: Tensor) -> Tensor:
    r"""InfoNCE: :math:`-\log \frac{e^{l_+}}{\sum_j e^{l_j}}`, mean over anchors (CPC, https://arxiv.org/abs/1807.03748, eq. 4).

    With ``logits`` = cosines / temperature it is NT-Xent (SimCLR, eq. 1), MoCo's loss (eq. 1) and ProtoNCE's terms (PCL, eq. 11).

    Args:
        logits (Tensor): Similarities divided by temperature, (N, C); -inf where an anchor does not see a candidate.
        target (Tensor): Column of the positive, int64 (N,).

    Returns:
        Tensor: Scalar >= 0; ln C when all logits are equal.
    """
    return F.cross_entropy(logits, target)
