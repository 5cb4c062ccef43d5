"""Models: learners made of parts."""

from . import (
    augmenting_preprocessor,
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
    patch_preprocessor,
    policies,
    preprocessor,
)

__all__ = [
    'augmenting_preprocessor',
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
    'patch_preprocessor',
    'policies',
    'preprocessor',
]
