"""Hooks: when something happens; what happens is a method of the model."""

from .bank_clustering_hook import BankClusteringHook
from .bank_hook import BankHook
from .center_residual_hook import CenterResidualHook
from .checkpoint_hook import SafeCheckpointHook
from .class_count_hook import ClassCountHook
from .cluster_assignment_hook import ClusterAssignmentHook
from .clustering_hook import ClusteringHook
from .deferred_info_hook import DeferredInfoHook
from .expert_hook import ExpertHook
from .fill_queue_hook import FillQueueHook
from .freeze_hook import FreezeHook
from .information_plane_hook import InformationPlaneHook
from .knn_hook import KNNHook
from .momentum_hook import MomentumHook
from .nan_hook import StopOnNaNHook
from .report_hook import ReportHook
from .reset_optimizer_hook import ResetOptimizerHook
from .schedule_hook import ScheduleHook
from .self_paced_hook import SelfPacedHook
from .view_pair_hook import ViewPairHook

__all__ = [
    'BankClusteringHook',
    'BankHook',
    'CenterResidualHook',
    'ClassCountHook',
    'ClusterAssignmentHook',
    'ClusteringHook',
    'DeferredInfoHook',
    'ExpertHook',
    'FillQueueHook',
    'FreezeHook',
    'InformationPlaneHook',
    'KNNHook',
    'MomentumHook',
    'ReportHook',
    'ResetOptimizerHook',
    'SafeCheckpointHook',
    'ScheduleHook',
    'SelfPacedHook',
    'StopOnNaNHook',
    'ViewPairHook',
]
