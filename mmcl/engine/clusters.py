"""The clusters that a method gives a set of images."""

from typing import NamedTuple, Optional

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from mmcl.utils.errors import expect

from .extract import extract


class Assigned(NamedTuple):
    """What :func:`assign_all` returns, for N images and L clusterings.

    Args:
        clusters (Tensor): int64 (N, L); -1 where the image could not be read.
        confidence (Tensor): How near an image is to its cluster, float32 (N, L): a cosine, or a probability.
        labels (Tensor): Classes, int64 (N,); -1 where unknown or unreadable.
    """

    clusters: Tensor
    confidence: Tensor
    labels: Tensor


def assign_all(learner: nn.Module, loader: DataLoader) -> Optional[Assigned]:
    """Ask a learner for the clusters of all images of a loader.

    Args:
        learner (nn.Module): Has ``assign``: images (n, 3, H, W) -> clusters and confidence, (n, L) each.
        loader (DataLoader): From :func:`~mmcl.engine.extract.extraction_loader`.

    Returns:
        Assigned, or None where the learner has not clustered yet.

    Raises:
        InputError: A method without clusters.
    """
    remedy = 'Take a method that clusters, or the k-means of tools/analysis/clusters.py --k'
    expect(hasattr(learner, 'assign'), f'A {type(learner).__name__}', 'a method with clusters', remedy)
    if not getattr(getattr(learner, 'clusters', None), 'ready', True):
        return None

    def assign(images: Tensor) -> Tensor:
        return torch.cat([part.float() for part in learner.assign(images)], dim=1)  # whole numbers below 2^24

    found, labels, seen = extract(learner, loader, assign)
    clusters, confidence = found.chunk(2, dim=1)
    clusters = torch.where(seen[:, None], clusters.round().long(), -1)
    return Assigned(clusters, confidence, torch.where(seen, labels, -1))
