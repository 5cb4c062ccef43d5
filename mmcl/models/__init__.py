"""Models: learners made of parts."""

from . import (
    backbones,
    derived_preprocessors,
    encoders,
    heads,
    learners,
    memories,
    methods,
    mixing_preprocessor,
    necks,
    norm,
    policies,
    preprocessor,
)

__all__ = [
    'backbones',
    'derived_preprocessors',
    'encoders',
    'heads',
    'learners',
    'memories',
    'methods',
    'mixing_preprocessor',
    'necks',
    'norm',
    'policies',
    'preprocessor',
]
