"""Memories: what a method remembers between steps. ``read`` returns a detached copy; ``write`` comes after the loss."""

from .class_targets import ClassTargets, class_targets
from .cluster_memory import ClusterMemory, ClusterTree
from .code_queue import CodeQueue
from .expert_queue import ExpertQueue
from .feature_queue import FeatureQueue
from .hybrid_memory import HybridMemory
from .labelled_queue import LabelledQueue
from .memory_bank import MemoryBank
from .space_queues import SpaceQueues
from .view_banks import ViewBanks

__all__ = [
    'ClassTargets',
    'ClusterMemory',
    'ClusterTree',
    'CodeQueue',
    'ExpertQueue',
    'FeatureQueue',
    'HybridMemory',
    'LabelledQueue',
    'MemoryBank',
    'SpaceQueues',
    'ViewBanks',
    'class_targets',
]
