"""Necks: backbone features -> embedding; a predictor is a neck after the projector, on the online side only."""

from .bias_predictor import BiasPredictor
from .experts_neck import ExpertsNeck
from .grid_predictor import GridPredictor
from .image_decoder import ImageDecoder
from .map_necks import FlatMLP, LocalNeck, MapDecoder, MapSummary
from .mlp import MLP
from .norm_neck import NormNeck
from .pool import pool
from .space_necks import SpaceNecks
from .tile_neck import TileNeck
from .view_necks import ViewNecks

__all__ = [
    'BiasPredictor',
    'ExpertsNeck',
    'FlatMLP',
    'GridPredictor',
    'ImageDecoder',
    'LocalNeck',
    'MLP',
    'MapDecoder',
    'MapSummary',
    'NormNeck',
    'SpaceNecks',
    'TileNeck',
    'ViewNecks',
    'pool',
]
