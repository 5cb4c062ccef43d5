"""Optimizers that neither torch nor MMPretrain has in the papers' form, and how optimizers are made fast and small."""

from .fused import adapted_optimizer, keep_layouts_equal, merge_groups
from .larc import LARC
from .lars import LARS
from .zero import ZeroRedundancyOptimizer

__all__ = [
    'LARC',
    'LARS',
    'ZeroRedundancyOptimizer',
    'adapted_optimizer',
    'keep_layouts_equal',
    'merge_groups',
]
