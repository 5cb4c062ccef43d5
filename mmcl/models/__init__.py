"""Models: learners made of parts."""

from . import encoders, heads, learners, memories, methods, necks, norm, policies, preprocessor

__all__ = [
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
