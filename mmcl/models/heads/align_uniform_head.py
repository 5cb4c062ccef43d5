"""Alignment and uniformity as a loss."""

from typing import Dict

from mmengine.model import BaseModule
from torch import Tensor

from mmcl.models.losses import alignment, uniformity
from mmcl.registry import MODELS
from mmcl.utils.dist_grad import gather_with_grad
from mmcl.utils.errors import expect

from .latent_head import cosines


@MODELS.register_module()
class AlignUniformHead(BaseModule):
    """Weighted sum of alignment and of both views' uniformity (https://arxiv.org/abs/2005.10242, section 4.2).

    Uniformity is that of the batches of all processes together; the authors' code takes each process's own.

    Args:
        align (float): Weight of the alignment, >= 0. Defaults to 1.
        uniform (float): Weight of the mean uniformity of the two views, >= 0. Defaults to 1.
        alpha (float): Power of the distance of a positive pair, > 0. Defaults to 2.
        t (float): Sharpness of the Gaussian potential, > 0. Defaults to 2.

    Raises:
        InputError: ``alpha`` or ``t`` <= 0.
    """

    def __init__(self, align: float = 1.0, uniform: float = 1.0, alpha: float = 2.0, t: float = 2.0) -> None:
        super().__init__()
        for name, value in (('alpha', alpha), ('t', t)):
            expect(
                value > 0,
                f'AlignUniformHead has {name}={value}',
                'a number above 0',
                f'Set model.head.{name}',
            )
        self.align, self.uniform, self.alpha, self.t = align, uniform, alpha, t

    def forward(self, query: Tensor, key: Tensor) -> Dict[str, Tensor]:
        """Compare two (N, D) batches of unit-length embeddings.

        Returns:
            dict: Scalars ``loss``, which has either sign, so that no ratio to a network that knows nothing is given; ``pos_sim`` and
            ``neg_sim``, mean cosines; ``alignment`` and ``uniformity``.
        """
        close = alignment(query, key, self.alpha)
        spread = sum(uniformity(gather_with_grad(view), self.t) for view in (query, key)) / 2
        return dict(
            loss=self.align * close + self.uniform * spread,
            **cosines(query, key),
            alignment=close.detach(),
            uniformity=spread.detach(),
        )
