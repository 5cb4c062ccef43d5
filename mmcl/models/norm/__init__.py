"""Batch norm over all processes, over parts of a batch, and in two sets."""

from .convert import average_statistics, convert_sync_batchnorm_for_cpu, split_batchnorm, without_sync
from .cross_rank import CrossRankBatchNorm
from .domain import DomainBatchNorm, domain_batchnorm
from .frozen import frozen_statistics, uncounted
from .split import SplitBatchNorm
from .twins import TwinNorms

__all__ = [
    'CrossRankBatchNorm',
    'DomainBatchNorm',
    'SplitBatchNorm',
    'TwinNorms',
    'average_statistics',
    'convert_sync_batchnorm_for_cpu',
    'domain_batchnorm',
    'frozen_statistics',
    'split_batchnorm',
    'uncounted',
    'without_sync',
]
