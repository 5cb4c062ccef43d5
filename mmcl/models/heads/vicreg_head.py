"""VICReg's head."""

from typing import Dict

import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.models.losses import off_diagonal_covariance, variance_hinge
from mmcl.models.losses.vicreg import EPSILON
from mmcl.registry import MODELS
from mmcl.utils.dist_grad import gather_with_grad

from .latent_head import cosines


@MODELS.register_module()
class VICRegHead(BaseModule):
    """Invariance, variance and covariance (https://arxiv.org/abs/2105.04906, eq. 6), weighted and divided as the authors' code does.

    The paper sums squares over dimensions and adds the two variance terms; the code, for which the published weights are, takes means of
    both. Variance and covariance are those of the batches of all processes together.

    Args:
        invariance (float): Weight of the mean squared difference of the views, >= 0. Defaults to 25.
        variance (float): Weight of the hinge on standard deviations, >= 0. Defaults to 25.
        covariance (float): Weight of the squared covariances, >= 0. Defaults to 1.
    """

    def __init__(self, invariance: float = 25.0, variance: float = 25.0, covariance: float = 1.0) -> None:
        super().__init__()
        self.weights = invariance, variance, covariance

    def forward(self, query: Tensor, key: Tensor) -> Dict[str, Tensor]:
        """Compare two (N, D) batches of embeddings as they are, not of unit length.

        Returns:
            dict: Scalars ``loss``; ``chance``, the loss of equal embeddings for all images; ``pos_sim`` and ``neg_sim``, mean cosines; and
            the terms before weighting: ``invariance``, ``variance``, ``covariance``.
        """
        everyone = [gather_with_grad(view) for view in (query, key)]
        terms = dict(
            invariance=F.mse_loss(query, key),
            variance=sum(variance_hinge(view) for view in everyone) / 2,
            covariance=sum(off_diagonal_covariance(view) for view in everyone),
        )
        loss = sum(weight * term for weight, term in zip(self.weights, terms.values()))
        chance = loss.new_tensor(self.weights[1] * (1 - EPSILON**0.5))
        return dict(
            loss=loss,
            chance=chance,
            **cosines(F.normalize(query, dim=1), F.normalize(key, dim=1)),
            **{name: term.detach() for name, term in terms.items()},
        )
