"""Models: learners made of parts."""

from . import backbones, encoders, heads, learners, memories, methods, necks, norm, policies, preprocessor

__all__ = [
    'backbones',
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
