"""Batch norm over all processes, and batch norm over parts of a batch."""

from .convert import average_statistics, convert_sync_batchnorm_for_cpu, split_batchnorm, without_sync
from .cross_rank import CrossRankBatchNorm
from .frozen import frozen_statistics
from .split import SplitBatchNorm

__all__ = [
    'CrossRankBatchNorm',
    'SplitBatchNorm',
    'average_statistics',
    'convert_sync_batchnorm_for_cpu',
    'frozen_statistics',
    'split_batchnorm',
    'without_sync',
]
