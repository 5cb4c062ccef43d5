"""InfoNCE of several positives together."""

from typing import Tuple

import torch
from torch import Tensor


def multi_positive(logits: Tensor, positives: Tensor) -> Tuple[Tensor, Tensor]:
    r"""SupCon's L_in (https://arxiv.org/abs/2004.11362, eq. 3), with its gradient.

    :math:`-\log \frac{1}{|P|} \sum_{p \in P} e^{l_p} / \sum_a e^{l_a}`: the mean is inside of the logarithm. The mean outside of it, L_out
    (eq. 2), is never smaller; it is :func:`~mmcl.models.losses.info_nce` of a set with ``offset``.

    Args:
        logits (Tensor): Cosines divided by temperature, (N, C); -inf where an anchor does not see a candidate.
        positives (Tensor): Which are an anchor's positives, bool (N, C); at least one that it sees, and only those count.

    Returns:
        tuple: Each anchor's loss, (N,), ln C when all logits are equal; and its derivative by the logits, (N, C).
    """
    of_positives = torch.where(positives, logits, -torch.inf)
    num = (of_positives > -torch.inf).sum(dim=1).to(logits.dtype)
    losses = logits.logsumexp(dim=1) - of_positives.logsumexp(dim=1) + num.log()
    return losses, logits.softmax(dim=1) - of_positives.softmax(dim=1)
