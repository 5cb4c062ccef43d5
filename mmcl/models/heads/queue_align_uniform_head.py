"""Alignment and uniformity for MoCo."""

from typing import Dict

from torch import Tensor

from mmcl.models.losses import alignment, log_potential, uniformity
from mmcl.registry import MODELS
from mmcl.structures import ContrastSet
from mmcl.utils.dist_grad import gather_with_grad, sum_with_grad
from mmcl.utils.errors import expect

from .align_uniform_head import AlignUniformHead
from .contrastive_head import ContrastiveHead


@MODELS.register_module()
class QueueAlignUniformHead(AlignUniformHead):
    """Alignment with the key, and uniformity against the queue (https://arxiv.org/abs/2005.10242, eq. 17 and 18; the authors' MoCo).

    It takes the place of :class:`ContrastiveHead` in MoCo. Uniformity is the logarithm of the mean potential over all pairs of a query
    and a key of the queue, and of two queries, of all processes together; the authors' code takes each process's own.

    Args:
        align (float): Weight of the alignment, >= 0. Defaults to 3.
        uniform (float): Weight of the uniformity, >= 0. Defaults to 1.
        alpha (float): Power of the distance of query and key, > 0. Defaults to 2.
        t (float): Sharpness of the Gaussian potential, > 0. Defaults to 3.
        within_batch (bool): Count the pairs of two queries too (eq. 18), else only those with the queue (eq. 17). Defaults to True.
        contrast (float): Weight of InfoNCE, which is added where above 0. Defaults to 0.
        temperature (float): InfoNCE's, > 0. Defaults to 0.07.

    Raises:
        InputError: A setting out of range, or a contrast set whose negatives are no queue.
    """

    def __init__(
        self,
        align: float = 3.0,
        uniform: float = 1.0,
        alpha: float = 2.0,
        t: float = 3.0,
        within_batch: bool = True,
        contrast: float = 0.0,
        temperature: float = 0.07,
    ) -> None:
        super().__init__(align, uniform, alpha, t)
        self.within_batch = within_batch
        self.info_nce = ContrastiveHead(temperature, loss_weight=contrast) if contrast else None

    def forward(self, contrast: ContrastSet) -> Dict[str, Tensor]:
        """Compare.

        Args:
            contrast (ContrastSet): N queries, their keys as the only own candidates, and the queue.

        Returns:
            dict: As :class:`AlignUniformHead`; ``neg_sim`` is the mean cosine with the queue.
        """
        expect(
            contrast.own.shape[1] == 1 and contrast.hidden.shape[1] == 0 and len(contrast.shared) > 0,
            f'QueueAlignUniformHead was given {contrast.own.shape[1]} own and {len(contrast.shared)} shared candidates',
            'one key of its own for each query, and a queue that all see',
            "Set model.negatives=dict(type='QueueNegatives') and nothing after it",
        )
        query, key, queue = contrast.anchors, contrast.own[:, 0], contrast.shared
        close, spread = alignment(query, key, self.alpha), self._spread(query, queue)
        loss = self.align * close + self.uniform * spread
        if self.info_nce is not None:
            loss = loss + self.info_nce(contrast)['loss']
        return dict(
            loss=loss,
            pos_sim=(query * key).sum(dim=1).mean().detach(),
            neg_sim=query.detach().mean(dim=0) @ queue.mean(dim=0),
            alignment=close.detach(),
            uniformity=spread.detach(),
        )

    def _spread(self, query: Tensor, queue: Tensor) -> Tensor:
        everyone = gather_with_grad(query)
        num = len(everyone)
        potential, pairs = sum_with_grad(log_potential(query, queue, self.t).exp()), num * len(queue)
        if self.within_batch and num > 1:
            inside = num * (num - 1) // 2
            potential, pairs = potential + uniformity(everyone, self.t).exp() * inside, pairs + inside
        return (potential / pairs).log()
