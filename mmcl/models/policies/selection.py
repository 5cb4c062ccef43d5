"""Which negatives are likely to be none (HCSC)."""

import torch
from torch import Tensor

from mmcl.structures import ClusterResult
from mmcl.utils.step_random import step_generator

_TILE = 1 << 20  # similarities of keys and prototypes held at once (4 MiB)


@torch.no_grad()
def keep_instances(keys: Tensor, level: ClusterResult, own: Tensor) -> Tensor:
    r"""How likely a key stays a negative: one minus the probability that it belongs to the anchor's cluster.

    HCSC (https://arxiv.org/abs/2202.00455): :math:`1 - p(c | z)`, where p is the softmax of :math:`z \cdot c / \tau_c` over
    all prototypes of the level. As in the authors' code temperatures are at least 0.001 and the result at most 0.999.

    Args:
        keys (Tensor): The queue, (M, D), unit length.
        level (ClusterResult): k prototypes and their temperatures.
        own (Tensor): The anchors' prototypes, int64 (N,); one without, -1, keeps all keys.

    Returns:
        Tensor: (N, M).
    """
    scaled = (level.centroids / level.density.clamp(min=1e-3)[:, None]).to(keys.dtype)
    parts = keys.split(max(_TILE // len(scaled), 1))
    total = torch.cat([(part @ scaled.T).logsumexp(dim=1) for part in parts])  # (M,)
    keep = 1 - (scaled[own.clamp(min=0)] @ keys.T - total).exp()
    return torch.where(own[:, None] >= 0, keep.clamp(0, 0.999), 1.0)


@torch.no_grad()
def keep_prototypes(lower: ClusterResult, upper: ClusterResult, temperature: float) -> Tensor:
    r"""How likely a prototype stays a negative of images whose clusters have a certain parent.

    HCSC: :math:`1 - p(P | c)`, where p is the softmax over the prototypes of the level above, whose temperatures are scaled to mean
    ``temperature``. As in the authors' code the result is in [0.0001, 0.999].

    Args:
        lower (ClusterResult): k prototypes.
        upper (ClusterResult): k' prototypes of the next level.
        temperature (float): The head's, > 0.

    Returns:
        Tensor: (k', k), a row for each parent.
    """
    scaled = upper.density * (temperature / upper.density.mean())
    parent = (lower.centroids @ upper.centroids.T / scaled).softmax(dim=1)
    return (1 - parent).clamp(1e-4, 0.999).T


@torch.no_grad()
def drop(keep: Tensor, index: Tensor, name: str) -> Tensor:
    """Draw which negatives an anchor does not see.

    What an image draws is a function of (seed, iteration, image), so it depends neither on the batch nor on the number of processes.

    Args:
        keep (Tensor): Probability of staying, (N, M).
        index (Tensor): The images' numbers in the dataset, int64 (N,).
        name (str): Of the draw; two names in one step are independent.

    Returns:
        Tensor: Whether it is dropped, bool (N, M).
    """
    num = keep.shape[1]
    draws = [torch.rand(num, generator=step_generator(f'{name} {i}')) for i in index.tolist()]
    return torch.stack(draws).to(keep.device) >= keep if draws else keep > 1


def columns(mask: Tensor) -> Tensor:
    """Where a mask (N, M) is set, as :class:`ContrastSet` hides: int64 (N, H), filled up with -1."""
    most = int(mask.sum(dim=1).max()) if mask.numel() else 0
    marks, where = mask.int().topk(most, dim=1)
    return torch.where(marks > 0, where, -1)
