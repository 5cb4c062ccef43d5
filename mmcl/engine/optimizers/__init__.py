"""Optimizers that neither torch nor MMPretrain has in the papers' form, and how optimizers are made fast and small."""

from .fused import adapted_optimizer, keep_layouts_equal
from .lars import LARS
from .zero import ZeroRedundancyOptimizer

__all__ = ['LARS', 'ZeroRedundancyOptimizer', 'adapted_optimizer', 'keep_layouts_equal']
