"""What a contrastive loss compares where anchors have several positives."""

from dataclasses import dataclass
from typing import Callable, Optional

import torch
from torch import Tensor

from .contrast_set import ContrastSet


@dataclass
class ClassContrastSet(ContrastSet):
    """A contrast set in which other candidates than the target are positives too (SupCon, KCL, TSC).

    Their mean is in ``offset`` already, which is all that a loss needs that is linear in its target; the others look here.

    Args:
        num_own (int): The first so many of the own candidates are positives.
        number (Tensor, optional): Positives of each anchor, int64 (N,). None: ``num_own``.
        same (callable, optional): From a slice of the anchors to which of the first M' shared candidates are positives of theirs, bool
            (n, M'); a hidden one may be among them. None: none is.
        weight (Tensor, optional): Factor of each anchor's loss, (N,); ``offset`` has it already. None: 1.
    """

    num_own: int = 1
    number: Optional[Tensor] = None
    same: Optional[Callable[[slice], Tensor]] = None
    weight: Optional[Tensor] = None

    def positives(self, part: slice) -> Tensor:
        """Which columns are positives of some of the anchors, bool (n, P + M)."""
        anchors = self.anchors[part]
        num_own, num_shared = self.own.shape[1], len(self.shared)
        own = torch.arange(num_own, device=anchors.device) < self.num_own
        own = own.expand(len(anchors), num_own)
        shared = own.new_zeros(len(anchors), 0) if self.same is None else self.same(part)
        later = own.new_zeros(len(anchors), num_shared - shared.shape[1])  # candidates that came after
        return torch.cat([own, shared, later], dim=1)
