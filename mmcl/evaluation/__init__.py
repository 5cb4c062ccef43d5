"""What learned features are worth: metrics and the clustering that some methods train with."""

from .clustering import KMeans, concentration, kmeans, to_prototypes
from .knn import KNNMetric, weighted_knn

__all__ = ['KMeans', 'KNNMetric', 'concentration', 'kmeans', 'to_prototypes', 'weighted_knn']
