"""Negatives from the memory bank."""

import dataclasses
from typing import Optional

import numpy as np
import torch
from torch import Tensor

from mmcl.registry import TASK_UTILS
from mmcl.structures import ContrastSet
from mmcl.utils.errors import expect
from mmcl.utils.keyed_random import step_keys, uniform

from .step import Step


@TASK_UTILS.register_module()
class BankNegatives:
    """Negatives are rows of the memory bank, drawn from the whole dataset (NPID, https://arxiv.org/abs/1805.01978, section 3.2; PIRL).

    What an image is given is a function of (seed, iteration, image), so it depends neither on the batch nor on the number of processes,
    and all pairs of a step share it. After another policy, e.g. BatchNegatives, they stand beside its negatives.

    Args:
        num (int, optional): K, rows drawn, uniformly and with replacement, >= 1. None takes every other row of the bank: the full
            non-parametric softmax (NPID, eq. 2). Defaults to 4096.
        per_anchor (bool): Draw for each image on its own, as published, which gathers N x K x D numbers; False draws K rows a step for
            all images, which costs K x D. Defaults to True.
        exclude_own (bool): Never give an image its own row as a negative. The authors' code does, once in n / K draws; with
            ``num=None`` or ``per_anchor=False`` it is always hidden. Defaults to False.

    Raises:
        InputError: ``num`` < 1.
    """

    def __init__(self, num: Optional[int] = 4096, per_anchor: bool = True, exclude_own: bool = False) -> None:
        good = num is None or num >= 1
        given = f'BankNegatives has num={num}'
        expect(good, given, 'at least 1, or None for the whole bank', 'Set num of model.negatives')
        self.num, self.per_anchor, self.exclude_own = num, per_anchor, exclude_own

    def __call__(self, contrast: ContrastSet, step: Step) -> ContrastSet:
        """Add rows of the bank."""
        dtype, index = contrast.anchors.dtype, step.sample_idx()
        if self.num is None:
            return contrast.extended(step.memory.read().to(dtype), index[:, None])
        if self.per_anchor:
            rows = step.once(('bank rows', self.num), lambda: self._rows(step, index)).to(dtype)
            return dataclasses.replace(contrast, own=torch.cat([contrast.own, rows], dim=1))
        drawn = self._draw(np.zeros(1, np.int64), len(step.memory))[0].to(index.device)
        mine = drawn == index[:, None]  # (N, K)
        columns = mine.any(dim=0).nonzero()[:, 0]
        hidden = torch.where(mine[:, columns], columns, -1)
        return contrast.extended(step.memory.read(drawn).to(dtype), hidden)

    def _rows(self, step: Step, index: Tensor) -> Tensor:
        drawn = self._draw(index.cpu().numpy(), len(step.memory) - self.exclude_own).to(index.device)
        if self.exclude_own:
            drawn += drawn >= index[:, None]  # of the n - 1 others
        return step.memory.read(drawn)  # (N, K, D)

    def _draw(self, ids: np.ndarray, high: int) -> Tensor:
        return torch.from_numpy((uniform(step_keys('bank negatives', ids), self.num) * high).astype(np.int64))
