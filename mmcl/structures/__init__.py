"""The only objects handed between parts."""

from .batch import labels, mixture, sample_idx
from .cluster_result import ClusterResult
from .contrast_set import ContrastSet

__all__ = ['ClusterResult', 'ContrastSet', 'labels', 'mixture', 'sample_idx']
