"""InfoNCE in which what is hidden still counts."""

from typing import Tuple

import torch
from torch import Tensor

from .info_nce import info_nce


def zero_masked_info_nce(logits: Tensor, target: Tensor) -> Tuple[Tensor, Tensor]:
    """:func:`info_nce` with logit 0, and no gradient, in the place of -inf.

    What HCSC's code does (https://github.com/gyfastas/HCSC): it multiplies the similarities of removed negatives by 0, which leaves
    exp(0) = 1 of each in the denominator. The paper removes them.

    Args:
        logits (Tensor): (N, C); -inf where an anchor does not see a candidate.
        target (Tensor): Column of the positive, int64 (N,).

    Returns:
        tuple: Each anchor's loss, (N,), and its derivative by the logits, (N, C).
    """
    hidden = logits == -torch.inf
    losses, gradient = info_nce(logits.masked_fill(hidden, 0), target)
    return losses, gradient.masked_fill_(hidden, 0)
