"""The only objects handed between parts."""

from .batch import Inputs, class_labels, labels, mixture, sample_idx, single_view
from .class_contrast_set import ClassContrastSet
from .cluster_result import ClusterResult
from .contrast_set import ContrastSet
from .view_features import ViewFeatures
from .view_keys import view_keys

__all__ = [
    'ClassContrastSet',
    'ClusterResult',
    'ContrastSet',
    'Inputs',
    'ViewFeatures',
    'class_labels',
    'labels',
    'mixture',
    'sample_idx',
    'single_view',
    'view_keys',
]
