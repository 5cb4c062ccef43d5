"""Encoder pairs: who makes queries and who makes keys."""

from .base import EncoderPair
from .ema_pair import EMAPair
from .shared_pair import SharedPair, StopGradPair

__all__ = ['EMAPair', 'EncoderPair', 'SharedPair', 'StopGradPair']
