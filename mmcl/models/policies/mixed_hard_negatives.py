"""Synthetic negatives, mixed from hard ones."""

import dataclasses

import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub
from torch import Tensor

from mmcl.registry import TASK_UTILS
from mmcl.structures import ContrastSet
from mmcl.utils.dist import rank
from mmcl.utils.errors import expect
from mmcl.utils.step_random import step_generator

from .step import Step


@TASK_UTILS.register_module()
class MixedHardNegatives:
    """Each query also gets mixes of its hardest negatives, with each other and with itself (MoCHi, https://arxiv.org/abs/2010.01028).

    Stands after the policy that brings the negatives, e.g. ``negatives=[dict(type='QueueNegatives'), dict(type='MixedHardNegatives')]``.
    What is mixed is drawn anew for each query and step and carries no gradient (the paper does not say; third-party code detaches too).

    Args:
        num_hardest (int): Negatives of each query to mix, N >= 1; all where there are fewer. Defaults to 1024.
        num_mixes (int): Mixes of two of them, s >= 0 (eq. 4). Defaults to 1024.
        num_query_mixes (int): Mixes of one of them with the query, whose share is below a half, s' >= 0 (eq. 5). Defaults to 128.
        start_epoch (int): First epoch, from 0, that mixes. Defaults to 0; the paper's is 10 on ImageNet-100.

    Raises:
        InputError: A number below its range.
    """

    def __init__(
        self, num_hardest: int = 1024, num_mixes: int = 1024, num_query_mixes: int = 128, start_epoch: int = 0
    ) -> None:
        for name, value, least in (
            ('num_hardest', num_hardest, 1),
            ('num_mixes', num_mixes, 0),
            ('num_query_mixes', num_query_mixes, 0),
        ):
            given = f'MixedHardNegatives has {name}={value}'
            expect(value >= least, given, f'at least {least}', f'Set {name} in model.negatives')
        self.num_hardest, self.num_mixes, self.num_query_mixes = num_hardest, num_mixes, num_query_mixes
        self.start_epoch = start_epoch

    def __call__(self, contrast: ContrastSet, step: Step) -> ContrastSet:
        """Add the mixes to each anchor's own candidates."""
        epoch = MessageHub.get_current_instance().get_info('epoch', 0)
        if epoch < self.start_epoch or not self.num_mixes + self.num_query_mixes:
            return contrast
        hardest = self.hardest(contrast)
        mixes = [contrast.own, self.mix(hardest), self.mix_query(contrast.anchors.detach(), hardest)]
        return dataclasses.replace(contrast, own=torch.cat(mixes, dim=1))

    @torch.no_grad()
    def hardest(self, contrast: ContrastSet) -> Tensor:
        """The shared candidates that are most similar to each anchor, (N, H, D)."""
        cosines = contrast.cosines()
        contrast.hide(cosines)
        shared = cosines[:, contrast.own.shape[1] :]
        num = min(self.num_hardest, shared.shape[1] - contrast.hidden.shape[1])
        return contrast.shared[shared.topk(num, dim=1, sorted=False).indices]

    @torch.no_grad()
    def mix(self, hardest: Tensor) -> Tensor:
        """Two random ones of each query's hardest, at random shares, back on the sphere, (N, s, D)."""
        shape = (len(hardest), self.num_mixes)
        share = self._draw('share', shape, hardest)[..., None]
        one, other = (self._pick(name, shape, hardest) for name in ('one', 'other'))
        return F.normalize(share * one + (1 - share) * other, dim=2)

    @torch.no_grad()
    def mix_query(self, queries: Tensor, hardest: Tensor) -> Tensor:
        """The query and a random one of its hardest, (N, s', D)."""
        shape = (len(hardest), self.num_query_mixes)
        share = self._draw('query share', shape, hardest)[..., None] / 2
        return F.normalize(
            share * queries[:, None] + (1 - share) * self._pick('query', shape, hardest), dim=2
        )

    def _draw(self, name: str, shape: tuple, like: Tensor) -> Tensor:
        generator = step_generator(f'mixes {name}', 1 + rank())
        return torch.rand(shape, generator=generator).to(like)

    def _pick(self, name: str, shape: tuple, hardest: Tensor) -> Tensor:
        generator = step_generator(f'mixes {name}', 1 + rank())
        index = torch.randint(hardest.shape[1], shape, generator=generator).to(hardest.device)
        return hardest.gather(1, index[..., None].expand(*shape, hardest.shape[2]))
