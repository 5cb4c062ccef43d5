"""Optimizers that neither torch nor MMPretrain has in the papers' form."""

from .lars import LARS

__all__ = ['LARS']
