"""What a mixed image is pulled to."""

import dataclasses

from torch import Tensor

from mmcl.registry import TASK_UTILS
from mmcl.structures import ContrastSet, mixture

from .step import Step


@TASK_UTILS.register_module()
class MixedPositives:
    """The positive of a mixed image is the keys of both its images, by their shares (i-Mix, https://arxiv.org/abs/2010.08887, eq. 4 to 6).

    Both must be candidates: beside a queue, that takes the keys of the batch, as in
    ``negatives=[dict(type='QueueNegatives'), dict(type='BatchNegatives', views='key')]``.
    """

    def target(self, step: Step) -> Tensor:
        """The mean of the two keys, (N, D), which is shorter than 1."""
        key = step.key[step.pair[1]]
        share, partner = mixture(step.data_samples)
        share = share.to(key)[:, None]
        return share * key + (1 - share) * key[partner.to(key.device)]

    def __call__(self, contrast: ContrastSet, step: Step) -> ContrastSet:
        """Add the own key, and what the other's share changes."""
        key = step.key[step.pair[1]]
        return dataclasses.replace(contrast, own=key[:, None], offset=key - self.target(step))
