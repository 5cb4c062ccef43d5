"""Encoder pairs: who makes queries and who makes keys."""

from .base import EncoderPair
from .ema_pair import EMAPair
from .gated_pair import GatedPair
from .grid_pair import GridPair
from .pieces import PiecesEMAPair, PiecesPair
from .scale_pair import ScalePair
from .shared_pair import SharedPair, StopGradPair
from .tapped import TappedEMAPair, TappedPair
from .twin_pair import TwinPair
from .view_pair import MapPair, ViewPair

__all__ = [
    'EMAPair',
    'EncoderPair',
    'GatedPair',
    'GridPair',
    'MapPair',
    'PiecesEMAPair',
    'PiecesPair',
    'ScalePair',
    'SharedPair',
    'StopGradPair',
    'TappedEMAPair',
    'TappedPair',
    'TwinPair',
    'ViewPair',
]
