"""The likelihood of a mixture of experts, each of which tells instances apart."""

from typing import Tuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def expert_log_likelihoods(anchors: Tensor, keys: Tensor, queue: Tensor, temperature: float = 1.0) -> Tensor:
    r"""How well each expert tells an image from those in its queue (MiCE, https://arxiv.org/abs/2105.01899).

    :math:`\log \phi_k = \log \frac{e^{v_k \cdot a_k / \tau}}{e^{v_k \cdot a_k / \tau} + \sum_u e^{u_k \cdot a_k / \tau}}`. One expert's
    similarities are held at a time, and their gradient is computed along with them.

    Args:
        anchors (Tensor): :math:`a = f + \mu`, (N, D, K), of any length.
        keys (Tensor): Teacher's embeddings v of the same images, (N, D, K), without gradient.
        queue (Tensor): Earlier ones u, (M, D, K), without gradient.
        temperature (float): :math:`\tau` > 0.

    Returns:
        Tensor: (N, K), <= 0, -ln(M + 1) where all similarities are equal; gradient goes to the anchors, once.
    """
    return _ExpertLogLikelihoods.apply(anchors, keys.detach(), queue.detach(), temperature)


class _ExpertLogLikelihoods(torch.autograd.Function):
    @staticmethod
    def forward(ctx, anchors: Tensor, keys: Tensor, queue: Tensor, temperature: float) -> Tensor:
        result, gradient = anchors.new_empty(anchors.shape[::2]), torch.empty_like(anchors)
        for k in range(anchors.shape[2]):
            anchor, key, others = (each[:, :, k].contiguous() for each in (anchors, keys, queue))
            positive = (anchor * key).sum(dim=1) / temperature
            negative = anchor @ others.T / temperature  # (N, M)
            total = torch.logaddexp(positive, negative.logsumexp(dim=1))
            result[:, k] = positive - total
            negative.sub_(total[:, None]).exp_()  # the probabilities of the others; the rest is the key's
            rest = -torch.expm1(result[:, k])
            gradient[:, :, k] = (rest[:, None] * key - negative @ others) / temperature
        ctx.save_for_backward(gradient)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx, by_result: Tensor) -> Tuple:
        (gradient,) = ctx.saved_tensors
        return gradient * by_result[:, None], None, None, None


def mixture_likelihood(log_prior: Tensor, log_likelihood: Tensor) -> Tuple[Tensor, Tensor]:
    r"""Minus the log-likelihood of a mixture, and which component is responsible.

    With the exact posterior :math:`q_k = \pi_k \phi_k / \sum_j \pi_j \phi_j` MiCE's evidence lower bound,
    :math:`\sum_k q_k (\log \pi_k + \log \phi_k - \log q_k)`, is :math:`\log \sum_k \pi_k \phi_k`, and so are their gradients.

    Args:
        log_prior (Tensor): :math:`\log \pi`, (N, K).
        log_likelihood (Tensor): :math:`\log \phi`, (N, K).

    Returns:
        tuple: Losses, (N,); the posterior, (N, K), rows summing to 1, without gradient.
    """
    joint = log_prior + log_likelihood
    return -joint.logsumexp(dim=1), joint.detach().softmax(dim=1)
