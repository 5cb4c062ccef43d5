"""SwAV's head."""

from typing import Dict, Optional

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.models.losses import soft_cross_entropy
from mmcl.models.policies import sinkhorn
from mmcl.registry import MODELS
from mmcl.utils.errors import expect_each

from .latent_head import cosines


@MODELS.register_module()
class PrototypeHead(BaseModule):
    """Learned prototypes, to which embeddings are assigned (SwAV, https://arxiv.org/abs/2006.09882, section 3.1).

    Args:
        in_channels (int): Width of an embedding.
        num_prototypes (int): K, >= 2. Defaults to 3000.
        temperature (float): Divides the scores of predictions, > 0. Defaults to 0.1.
        epsilon (float): Sharpness of the codes, see :func:`~mmcl.models.policies.sinkhorn`. Defaults to 0.05.
        num_iters (int): Turns of Sinkhorn. Defaults to 3.

    Raises:
        InputError: ``num_prototypes`` < 2 or ``temperature`` <= 0.
    """

    def __init__(
        self,
        in_channels: int,
        num_prototypes: int = 3000,
        temperature: float = 0.1,
        epsilon: float = 0.05,
        num_iters: int = 3,
    ) -> None:
        super().__init__()
        expect_each(
            'PrototypeHead has',
            'Set model.head.{name}',
            ('num_prototypes', num_prototypes, num_prototypes >= 2, 'at least 2'),
            ('temperature', temperature, temperature > 0, 'a number above 0'),
        )
        self.prototypes = nn.Linear(in_channels, num_prototypes, bias=False)
        self.temperature, self.epsilon, self.num_iters = temperature, epsilon, num_iters

    @torch.no_grad()
    def normalize(self) -> None:
        """Put the prototypes back onto the unit sphere, which an optimizer leaves."""
        self.prototypes.weight.copy_(F.normalize(self.prototypes.weight, dim=1))

    @torch.no_grad()
    def codes(self, embeddings: Tensor, queue: Optional[Tensor] = None) -> Tensor:
        """Share embeddings out to the prototypes.

        Args:
            embeddings (Tensor): (N, D), unit length.
            queue (Tensor, optional): Earlier embeddings, (M, D), which are shared out along with them.

        Returns:
            Tensor: (N, K) without gradient, rows summing to 1.
        """
        everything = embeddings if queue is None else torch.cat([embeddings, queue.to(embeddings.dtype)])
        return sinkhorn(self.prototypes(everything), self.epsilon, self.num_iters)[: len(embeddings)]

    def forward(self, query: Tensor, key: Tensor, codes: Tensor) -> Dict[str, Tensor]:
        """Predict codes.

        Args:
            query (Tensor): (N, D), unit length.
            key (Tensor): Embeddings that the codes are of, (N, D), for the log only.
            codes (Tensor): (N, K).

        Returns:
            dict: Scalars ``loss``; ``chance``, ln K; ``pos_sim`` and ``neg_sim``, mean cosines of the two views.
        """
        loss = soft_cross_entropy(self.prototypes(query) / self.temperature, codes)
        chance = loss.new_tensor(float(codes.shape[1])).log()
        return dict(loss=loss, chance=chance, **cosines(query, key))
