"""Noise-contrastive estimation."""

from typing import Tuple, Union

import torch
import torch.nn.functional as F
from torch import Tensor


def nce(
    logits: Tensor, target: Tensor, log_z: Union[float, Tensor], num_samples: int
) -> Tuple[Tensor, Tensor]:
    r"""NCE with a constant partition function (NPID, https://arxiv.org/abs/1805.01978, eq. 5 to 8), with its gradient.

    Is a candidate the image's own, or one of K drawn from all n images? With :math:`P_j = e^{l_j} / Z` and noise :math:`P_n = 1 / n` the
    answer is :math:`h_j = P_j / (P_j + K P_n)`, and the loss :math:`-\log h_+ - \sum_j \log (1 - h_j)`: a sum over the negatives. In
    the logarithms, :math:`u_j = l_j - \log Z - \log (K / n)`, it is a sum of softplus, which needs no epsilon and holds in any format.

    Args:
        logits (Tensor): Cosines divided by temperature, (N, 1 + K); -inf where an anchor does not see a candidate.
        target (Tensor): Column of the positive, int64 (N,).
        log_z (float | Tensor): ln Z.
        num_samples (int): n.

    Returns:
        tuple: Each anchor's loss, (N,), ln(K + 1) + K ln((K + 1) / K) where all P are 1 / n; and its derivative by the logits, (N, 1 + K).
    """
    num_negatives = (logits > -torch.inf).sum(dim=1, keepdim=True).to(logits.dtype) - 1
    u = logits - log_z - (num_negatives / num_samples).log()
    positive = u.gather(1, target[:, None])[:, 0]
    losses = F.softplus(u).sum(dim=1) - positive  # softplus(-u) = softplus(u) - u
    gradient = u.sigmoid()
    gradient[torch.arange(len(target), device=target.device), target] -= 1
    return losses, gradient
