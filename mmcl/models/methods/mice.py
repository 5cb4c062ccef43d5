"""MiCE."""

from typing import Dict, List, Tuple

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.encoders.base import unit
from mmcl.models.learners import PairLearner
from mmcl.models.policies import Step
from mmcl.registry import MODELS


@MODELS.register_module()
class MiCE(PairLearner):
    """Mixture of contrastive experts (Tsai et al. 2021, https://arxiv.org/abs/2105.01899, algorithm 1).

    Each of K experts tells instances apart in a space of its own, and a gate says which expert is for which image. The likeliest expert
    given both is the image's cluster::

        for x in loader:
            f, v, g = experts(student(t_1(x))), experts(teacher(t_2(x))), gate(student(t_3(x)))     # each of unit length
            pi_k  = softmax_k(omega_k . g / tau)                                                    # omega: fixed, a simplex
            phi_k = softmax([v_k . (f_k + mu_k), queue_k @ (f_k + mu_k)] / tau)[0]
            loss  = -log sum over k of pi_k phi_k
            SGD(student, mu);  teacher = m teacher + (1 - m) student                                # MomentumHook
            enqueue(queue, v)
        mu_k = normalize(sum of v_k of the epoch's images of expert k)                              # ExpertHook

    The bound that the paper maximises is this likelihood, since its posterior is the exact one.

    Parts: :class:`GatedPair`, :class:`ExpertsNeck`, :class:`ExpertQueue`, :class:`MixtureHead`. The embedding of an image is (D, K + 1).

    Args:
        **kwargs: See :class:`PairLearner`.
    """

    default_pairs = ((0, 1),)
    cluster_parts = ('memory',)  # what tells clusters, beside the networks

    @property
    def num_needed(self) -> int:
        """How many views of an image the pairs and the gate name."""
        return max(super().num_needed, self.encoder.view + 1)

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Minus the log-likelihood of the images."""
        i, j = step.pair
        key, gate = step.key[j][..., :-1], step.query[self.encoder.view][..., -1]
        terms, posterior = self.head(step.query[i][..., :-1], key, gate, self.memory.read())
        self.head.accumulate(key, posterior)
        return terms

    def remember(self, key: Dict[int, Tensor], data_samples: List[DataSample]) -> None:
        """Enqueue the keys of this step."""
        self.memory.write(key[self.pairs[0][1]][..., :-1])

    @torch.no_grad()
    def assign(self, images: Tensor) -> Tuple[Tensor, Tensor]:
        """The cluster of each image, and its posterior probability, (N, 1) each, from one view and the queue as it is."""
        student, key = unit(self.project(images)), self.encoder.embed(self, images)[..., :-1]
        _, posterior = self.head(student[..., :-1], key, student[..., -1], self.memory.read())
        chance, cluster = posterior.max(dim=1, keepdim=True)
        return cluster, chance
