"""The only objects handed between parts."""

from .batch import labels, mixture, sample_idx
from .cluster_result import ClusterResult
from .contrast_set import ContrastSet
from .view_keys import view_keys

__all__ = ['ClusterResult', 'ContrastSet', 'labels', 'mixture', 'sample_idx', 'view_keys']
