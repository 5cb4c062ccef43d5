"""MiCE's head."""

from typing import Dict, Tuple

import torch
import torch.nn.functional as F
from mmengine.dist import all_reduce
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.models.losses import expert_log_likelihoods, mixture_likelihood
from mmcl.registry import MODELS
from mmcl.utils.errors import expect


def simplex(num: int, dim: int) -> Tensor:
    """Unit vectors with equal and least cosines, -1 / (num - 1): max-Mahalanobis centres (Pang et al. 2018, algorithm 1).

    Args:
        num (int): How many, >= 1.
        dim (int): Of how many numbers, >= num - 1.

    Returns:
        Tensor: float32 (num, dim).

    Raises:
        InputError: Too few dimensions.
    """
    expect(
        dim >= num - 1, f'{num} gates of {dim} numbers', f'{num - 1} or more', 'Set model.head.in_channels'
    )
    centres = torch.zeros(num, max(dim, num), dtype=torch.float64)
    centres[0, 0] = 1
    for i in range(1, num):
        for j in range(i):
            centres[i, j] = (-1 / (num - 1) - centres[i] @ centres[j]) / centres[j, j]
        centres[i, i] = (1 - centres[i].square().sum()).clamp(min=0).sqrt()
    return centres[:, :dim].float()


@MODELS.register_module()
class MixtureHead(BaseModule):
    """Experts that tell instances apart, and a gate that shares images out to them (MiCE, https://arxiv.org/abs/2105.01899, section 4).

    The gate's prototypes are fixed, as far apart as can be. An expert's prototype learns, and is replaced after each epoch by the direction
    of the teacher's embeddings of the expert's images (eq. 13); an expert without images keeps its own.

    Args:
        in_channels (int): Width of an embedding, D >= K - 1.
        num_experts (int): K, the number of clusters.
        temperature (float): Of experts and gate, > 0. Defaults to 1, as published.

    Raises:
        InputError: A number out of range.
    """

    def __init__(self, in_channels: int, num_experts: int, temperature: float = 1.0) -> None:
        super().__init__()
        given = f'MixtureHead has temperature={temperature}'
        expect(temperature > 0, given, 'a number above 0', 'Set model.head.temperature, e.g. 1.0')
        self.temperature = temperature
        self.register_buffer('gates', simplex(num_experts, in_channels))  # omega, (K, D)
        self.prototypes = nn.Parameter(F.normalize(torch.randn(num_experts, in_channels), dim=1))  # mu
        self.register_buffer('sums', torch.zeros(num_experts, in_channels))  # of this epoch's embeddings
        self.register_buffer('epoch', torch.zeros((), dtype=torch.int64))  # that sums belong to

    def forward(
        self, query: Tensor, key: Tensor, gate: Tensor, queue: Tensor
    ) -> Tuple[Dict[str, Tensor], Tensor]:
        """Compare.

        Args:
            query (Tensor): Student's embeddings, (N, D, K), each of unit length.
            key (Tensor): Teacher's, (N, D, K).
            gate (Tensor): What the gate sees, (N, D), unit length.
            queue (Tensor): Earlier keys, (M, D, K).

        Returns:
            tuple: Scalars ``loss``; ``chance``, ln(M + 1); ``pos_sim``, mean cosine of query and key; ``certainty``, the mean probability
            of the likeliest expert. And the posterior, (N, K).
        """
        log_prior = (gate @ self.gates.to(gate.dtype).T / self.temperature).log_softmax(dim=1)
        anchors = query + F.normalize(self.prototypes, dim=1).T
        likelihood = expert_log_likelihoods(anchors, key, queue.to(query.dtype), self.temperature)
        losses, posterior = mixture_likelihood(log_prior, likelihood)
        terms = dict(
            loss=losses.mean(),
            chance=losses.new_tensor(float(len(queue) + 1)).log(),
            pos_sim=(query.detach() * key).sum(dim=1).mean(),
            certainty=posterior.amax(dim=1).mean(),
        )
        return terms, posterior

    @torch.no_grad()
    def accumulate(self, key: Tensor, posterior: Tensor) -> None:
        """Add a step's keys (N, D, K), each to the sum of its image's likeliest expert, over all processes."""
        mine = F.one_hot(posterior.argmax(dim=1), posterior.shape[1]).to(key.dtype)
        added = torch.einsum('nk,ndk->kd', mine, key)
        all_reduce(added)
        self.sums += added.to(self.sums.dtype)

    @torch.no_grad()
    def renew(self) -> None:
        """Replace the experts' prototypes by what was added up, and begin anew."""
        filled = self.sums.square().sum(dim=1, keepdim=True) > 0
        self.prototypes.copy_(torch.where(filled, F.normalize(self.sums, dim=1), self.prototypes))
        self.sums.zero_()
