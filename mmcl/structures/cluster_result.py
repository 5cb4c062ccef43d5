"""One clustering of a dataset."""

from dataclasses import dataclass
from typing import Optional

from torch import Tensor


@dataclass
class ClusterResult:
    """One clustering of N images into k clusters.

    Args:
        assignments (Tensor): Cluster of each image, int64 (N,); -1 where the image could not be read.
        centroids (Tensor): Unit-length cluster centres, float32 (k, D).
        density (Tensor): Temperature of each cluster (PCL's phi, eq. 12 of https://arxiv.org/abs/2005.04966), float32 (k,).
        parents (Tensor, optional): In a tree, the cluster of the next level that each cluster belongs to, int64 (k,).
    """

    assignments: Tensor
    centroids: Tensor
    density: Tensor
    parents: Optional[Tensor] = None
