"""InfoNCE."""

from typing import Tuple

import torch
from torch import Tensor


def info_nce(logits: Tensor, target: Tensor) -> Tuple[Tensor, Tensor]:
    r"""InfoNCE, :math:`-\log \frac{e^{l_+}}{\sum_j e^{l_j}}` (CPC, https://arxiv.org/abs/1807.03748, eq. 4), with its gradient.

    With ``logits`` = cosines / temperature it is NT-Xent (SimCLR, eq. 1), MoCo's loss (eq. 1) and ProtoNCE's terms (PCL, eq. 11).

    Args:
        logits (Tensor): Similarities divided by temperature, (N, C); -inf where an anchor does not see a candidate.
        target (Tensor): Column of the positive, int64 (N,).

    Returns:
        tuple: Each anchor's loss, (N,), >= 0 and ln C when all logits are equal; and its derivative by the logits, (N, C):
        softmax minus 1 at the positive.
    """
    gradient = logits.softmax(dim=1)
    # by way of the likeliest candidate, whose probability is at least 1/C and so never underflows
    behind = logits.amax(dim=1) - logits.gather(1, target[:, None])[:, 0]
    losses = behind - gradient.amax(dim=1).log()
    gradient[torch.arange(len(target), device=target.device), target] -= 1
    return losses, gradient
