"""Invariance and spreading."""

from typing import Tuple

import torch
from torch import Tensor


def spreading(
    logits: Tensor, target: Tensor, negative_weight: float = 1.0, spread: float = 1.0
) -> Tuple[Tensor, Tensor]:
    r"""Find the own view and be no other image (Ye et al. 2019, https://arxiv.org/abs/1904.03436, eq. 6), with its gradient.

    With :math:`P_j = e^{l_j} / (e^{l_+} + M \sum_{k \neq +} e^{l_k})` over what the anchor sees, the loss is
    :math:`-\log P_+ - M \sum_{j \neq +} \log (1 - P_j)`: InfoNCE plus, for each negative, the cost of being taken for it. As in the
    authors' code, an anchor sees the features of both views and not itself. Their :math:`1 - P` of the likeliest negative is here the sum
    of all other terms, so that nothing cancels where it nears 0.

    Args:
        logits (Tensor): Cosines divided by temperature, (N, C); -inf where an anchor does not see a candidate.
        target (Tensor): Column of the positive, int64 (N,).
        negative_weight (float): M, > 0.
        spread (float): Factor of the second term, >= 0; 0 with M = 1 leaves InfoNCE.

    Returns:
        tuple: Each anchor's loss, (N,), ln C - (C - 1) ln(1 - 1 / C) where all logits are equal and M = 1; and its derivative by the
        logits, (N, C).
    """
    rows = torch.arange(len(target), device=target.device)
    weights = torch.full_like(logits, negative_weight)
    weights[rows, target] = 1
    weighted = logits + weights.log()
    log_total = weighted.logsumexp(dim=1, keepdim=True)
    log_p = logits - log_total
    by_total = (weighted - log_total).exp()  # d ln total / d logits, (N, C)
    p = log_p.exp()
    negatives = p.index_put((rows, target), p.new_zeros(()))
    # 1 - P of the likeliest negative; the others' P is below a half
    likeliest = negatives.argmax(dim=1)
    others = by_total.index_put((rows, likeliest), p.new_zeros(())).sum(dim=1)
    rest = others + (negative_weight - 1) * negatives[rows, likeliest]
    missed = (1 - negatives).index_put((rows, likeliest), rest.clamp(min=torch.finfo(p.dtype).tiny))
    losses = -log_p[rows, target] - spread * negative_weight * missed.log().sum(dim=1)

    odds = spread * negative_weight * negatives / missed
    gradient = by_total * (1 - odds.sum(dim=1, keepdim=True)) + odds
    # of the likeliest negative the two terms nearly cancel: by_total is 1 less the others' there
    highest = odds[rows, likeliest]
    less = odds.index_put((rows, likeliest), p.new_zeros(())).sum(dim=1)
    gradient[rows, likeliest] = by_total[rows, likeliest] * (1 - less) + highest * others
    gradient[rows, target] -= 1
    return losses, gradient
