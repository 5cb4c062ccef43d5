"""Necks: backbone features -> embedding; a predictor is a neck after the projector, on the online side only."""

from .mlp import MLP
from .pool import pool

__all__ = ['MLP', 'pool']
