"""Memories: what a method remembers between steps. ``read`` returns a detached copy; ``write`` comes after the loss."""

from .cluster_memory import ClusterMemory
from .code_queue import CodeQueue
from .feature_queue import FeatureQueue
from .memory_bank import MemoryBank
from .view_banks import ViewBanks

__all__ = ['ViewBanks', 'ClusterMemory', 'CodeQueue', 'FeatureQueue', 'MemoryBank']
