"""What learned features are worth: metrics and the clustering that some methods train with."""

from .accuracy import ClassifierAccuracy
from .center_residual import CenterResidualMetric, center_residual, collapse_statistics
from .cluster_metric import ClusterMetric, agreement
from .clustering import KMeans, concentration, kmeans, to_prototypes
from .information_bottleneck import conditional_information, entropy, ib_curve, information
from .information_plane import binned_information, kde_information
from .knn import KNNMetric, weighted_knn
from .mutual_info import MutualInfoMetric
from .reid import ReIDMetric, reid_scores
from .shots import balancedness, class_accuracies, shot_accuracies
from .view_pairs import AlignUniformMetric, ViewPairMetric

__all__ = [
    'AlignUniformMetric',
    'CenterResidualMetric',
    'ClassifierAccuracy',
    'ClusterMetric',
    'KMeans',
    'KNNMetric',
    'MutualInfoMetric',
    'ReIDMetric',
    'ViewPairMetric',
    'agreement',
    'balancedness',
    'binned_information',
    'center_residual',
    'class_accuracies',
    'collapse_statistics',
    'concentration',
    'conditional_information',
    'entropy',
    'ib_curve',
    'information',
    'kde_information',
    'kmeans',
    'reid_scores',
    'shot_accuracies',
    'to_prototypes',
    'weighted_knn',
]
