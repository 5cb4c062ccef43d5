"""Hooks: when something happens; what happens is a method of the model."""

from .knn_hook import KNNHook
from .momentum_hook import MomentumHook

__all__ = ['KNNHook', 'MomentumHook']
