"""Models: learners made of parts."""

from . import (
    backbones,
    derived_preprocessors,
    encoders,
    heads,
    learners,
    memories,
    methods,
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
    'necks',
    'norm',
    'policies',
    'preprocessor',
]
