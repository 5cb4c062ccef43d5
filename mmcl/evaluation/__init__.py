"""What learned features are worth: metrics and the clustering that some methods train with."""

from .knn import KNNMetric, weighted_knn

__all__ = ['KNNMetric', 'weighted_knn']
