"""InfoNCE with hard and debiased negatives."""

import math
from typing import Tuple

import torch
from torch import Tensor


def hard_info_nce(
    logits: Tensor,
    target: Tensor,
    beta: float = 1.0,
    debias: float = 0.1,
    lowest: float = -math.inf,
    through_weights: bool = True,
) -> Tuple[Tensor, Tensor]:
    r"""HCL (https://arxiv.org/abs/2010.04592, eq. 4 to 6), with its gradient; InfoNCE for ``beta=0, debias=0``, DCL for ``beta=0``.

    The N negatives of an anchor count by their hardness, :math:`R = N \sum_j w_j e^{l_j} / \sum_j w_j` with :math:`w_j = e^{\beta l_j}`,
    and what images of the anchor's own class contribute is taken off, :math:`G = (R - \tau N e^{l_+}) / (1 - \tau)`, but to no less than
    :math:`N e^{l_{min}}`. The loss is :math:`-\log e^{l_+} / (e^{l_+} + G)`.

    Args:
        logits (Tensor): Cosines divided by temperature, (N, C); -inf where an anchor does not see a candidate.
        target (Tensor): Column of the positive, int64 (N,).
        beta (float): Concentration on hard negatives, >= 0.
        debias (float): Prior of an image being of the anchor's class, tau, in [0, 1).
        lowest (float): The lowest logit there can be, -1 / temperature.
        through_weights (bool): Let gradient flow through the weights, as the authors' code does.

    Returns:
        tuple: Each anchor's loss, (N,), and its derivative by the logits, (N, C).
    """
    rows = torch.arange(len(target), device=target.device)
    positive = logits[rows, target]  # (N,)
    negatives = logits.index_put((rows, target), logits.new_tensor(-torch.inf))
    seen = negatives > -torch.inf
    num = seen.sum(dim=1).to(logits.dtype)
    log_weights = torch.where(seen, beta * negatives, -torch.inf)
    weighted = negatives + log_weights
    log_ratio = weighted.logsumexp(dim=1) - log_weights.logsumexp(dim=1) + num.log()  # log R
    # All exponentials from here on are divided by that of the row's largest term.
    largest = torch.maximum(positive, log_ratio)
    e_positive, ratio = (positive - largest).exp(), (log_ratio - largest).exp()
    least = num * (lowest - largest).exp()
    debiased = (ratio - debias * num * e_positive) / (1 - debias)
    free = debiased > least  # where the bound is met, nothing depends on the negatives
    total = e_positive + torch.where(free, debiased, least)
    losses = total.log() + largest - positive

    share = torch.where(free, ratio / total / (1 - debias), 0)[:, None]  # dL/dG dG/dR R
    gradient = share * weighted.softmax(dim=1)
    if through_weights:
        gradient += share * beta * (weighted.softmax(dim=1) - log_weights.softmax(dim=1))
    by_positive = e_positive * (1 - torch.where(free, debias * num / (1 - debias), 0)) / total - 1
    gradient[rows, target] = by_positive
    return losses, gradient
