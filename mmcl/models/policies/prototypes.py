"""Which prototypes an image is compared with."""

from typing import Optional

import torch
from torch import Tensor

from mmcl.structures import ClusterResult, ContrastSet
from mmcl.utils.step_random import step_generator


def other_prototypes(level: ClusterResult, own: Tensor, num: Optional[int], name: str) -> Tensor:
    """Prototypes of none of a step's images, as negatives (PCL, https://arxiv.org/abs/2005.04966, section 3.2).

    Args:
        level (ClusterResult): k prototypes.
        own (Tensor): Those of the images of all processes, int64, >= 0.
        num (int, optional): How many to draw, without replacement; all where there are no more, or it is None.
        name (str): Of the draw; every process draws the same.

    Returns:
        Tensor: Their numbers, int64 (M,).
    """
    free = torch.ones(len(level.centroids), dtype=torch.bool, device=own.device)
    free[own] = False
    free = free.nonzero()[:, 0]
    if num is None or len(free) <= num:
        return free
    drawn = torch.randperm(len(free), generator=step_generator(name))[:num]
    return free[drawn.to(free.device)]


def own_contrast(
    level: ClusterResult, anchors: Tensor, own: Tensor, others: Tensor, hidden: Optional[Tensor] = None
) -> ContrastSet:
    """Each image's own prototype against others (PCL, eq. 11; HCSC, https://arxiv.org/abs/2202.00455).

    A prototype is divided by its cluster's temperature beforehand, since an anchor's own column has one of its own; so the set's
    candidates are not of unit length, and its temperature is 1.

    Args:
        level (ClusterResult): k prototypes and their temperatures.
        anchors (Tensor): (N, D), unit length.
        own (Tensor): Each anchor's prototype, int64 (N,).
        others (Tensor): Prototypes that all anchors see, int64 (M,).
        hidden (Tensor, optional): Columns of ``others`` that an anchor does not see, see :class:`ContrastSet`.
    """

    def scaled(numbers: Tensor) -> Tensor:
        return (level.centroids[numbers] / level.density[numbers, None]).to(anchors.dtype)

    return ContrastSet(
        anchors, scaled(own)[:, None], scaled(others), hidden=hidden, temperature=anchors.new_ones(())
    )
