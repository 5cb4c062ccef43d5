"""What learned features are worth: metrics and the clustering that some methods train with."""

from .accuracy import ClassifierAccuracy
from .clustering import KMeans, concentration, kmeans, to_prototypes
from .knn import KNNMetric, weighted_knn
from .view_pairs import AlignUniformMetric, ViewPairMetric

__all__ = [
    'AlignUniformMetric',
    'ClassifierAccuracy',
    'KMeans',
    'KNNMetric',
    'ViewPairMetric',
    'concentration',
    'kmeans',
    'to_prototypes',
    'weighted_knn',
]
