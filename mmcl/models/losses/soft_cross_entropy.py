"""Cross entropy with soft targets."""

from torch import Tensor


def soft_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    r"""Mean over rows of :math:`-\sum_k q_k \log \mathrm{softmax}(l)_k` (SwAV, https://arxiv.org/abs/2006.09882, eq. 2).

    Args:
        logits (Tensor): (N, K).
        target (Tensor): q, (N, K), rows summing to 1.

    Returns:
        Tensor: Scalar >= 0; ln K for equal logits.
    """
    return (logits.logsumexp(dim=1) - (target * logits).sum(dim=1)).mean()
