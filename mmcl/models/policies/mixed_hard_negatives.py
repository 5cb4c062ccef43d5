"""Synthetic negatives, mixed from hard ones."""

import dataclasses
from typing import Dict

import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub
from torch import Tensor

from mmcl.registry import TASK_UTILS
from mmcl.structures import ContrastSet
from mmcl.utils.dist import rank
from mmcl.utils.errors import expect
from mmcl.utils.step_random import step_generator

from .class_oracle import same_class
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
        measure_every (int): Iterations between measurements of how many negatives have the query's class, which need a
            :class:`LabelledQueue`; 0 measures nothing. The log gets the shares of ``same_class_queue`` (all of the queue),
            ``same_class_hardest`` and, of the mixes, ``same_class_mix`` (either part; with the query, the other part) and
            ``same_class_mix_both``; this process's. Defaults to 0.

    Raises:
        InputError: A number below its range.
    """

    def __init__(
        self,
        num_hardest: int = 1024,
        num_mixes: int = 1024,
        num_query_mixes: int = 128,
        start_epoch: int = 0,
        measure_every: int = 0,
    ) -> None:
        for name, value, least in (
            ('num_hardest', num_hardest, 1),
            ('num_mixes', num_mixes, 0),
            ('num_query_mixes', num_query_mixes, 0),
            ('measure_every', measure_every, 0),
        ):
            given = f'MixedHardNegatives has {name}={value}'
            expect(value >= least, given, f'at least {least}', f'Set {name} in model.negatives')
        self.num_hardest, self.num_mixes, self.num_query_mixes = num_hardest, num_mixes, num_query_mixes
        self.start_epoch, self.measure_every = start_epoch, measure_every

    def __call__(self, contrast: ContrastSet, step: Step) -> ContrastSet:
        """Add the mixes to each anchor's own candidates."""
        hub = MessageHub.get_current_instance()
        mixes = hub.get_info('epoch', 0) >= self.start_epoch and self.num_mixes + self.num_query_mixes
        measures = self.measure_every and hub.get_info('iter', 0) % self.measure_every == 0
        if not mixes and not measures:
            return contrast
        columns = self.hardest(contrast)
        if measures:
            for name, share in self.measure(columns, same_class(step)).items():
                hub.update_scalar(f'train/same_class_{name}', share)
        if not mixes:
            return contrast
        hardest = contrast.shared[columns]
        own = [contrast.own, self.mix(hardest), self.mix_query(contrast.anchors.detach(), hardest)]
        return dataclasses.replace(contrast, own=torch.cat(own, dim=1))

    @torch.no_grad()
    def hardest(self, contrast: ContrastSet) -> Tensor:
        """Which shared candidates are most similar to each anchor, int64 (N, H)."""
        cosines = contrast.cosines()
        contrast.hide(cosines)
        shared = cosines[:, contrast.own.shape[1] :]
        num = min(self.num_hardest, shared.shape[1] - contrast.hidden.shape[1])
        return shared.topk(num, dim=1, sorted=False).indices

    def measure(self, columns: Tensor, same: Tensor) -> Dict[str, Tensor]:
        """Shares of negatives of the query's class, from the hardest ones' columns (N, H) and who is of whose class, bool (N, K)."""
        hardest = same.gather(1, columns)[..., None]
        shape = (len(same), self.num_mixes)
        one, other = (self._pick(name, shape, hardest) for name in ('one', 'other'))
        with_query = self._pick('query', (len(same), self.num_query_mixes), hardest)
        groups = dict(queue=same, hardest=hardest)
        if self.num_mixes + self.num_query_mixes:
            groups.update(
                mix=torch.cat([one | other, with_query], dim=1),
                mix_both=torch.cat([one & other, with_query], dim=1),
            )
        return {name: group.float().mean() for name, group in groups.items()}

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
