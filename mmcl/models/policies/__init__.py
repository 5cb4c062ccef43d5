"""Policies fill a :class:`ContrastSet`: which candidates are positive, which negative. No parameters, no state.

A policy is called as ``policy(contrast, step)`` and returns the contrast set with its part added; ``negatives`` may be a list of them.
Here too is how samples are shared out to prototypes, and how images are turned and cut up.
"""

from .bank_negatives import BankNegatives
from .bank_positives import BankPositives
from .batch_negatives import BatchNegatives
from .class_oracle import ClassOracle
from .class_positives import ClassPositives
from .instance_positives import InstancePositives
from .mixed_hard_negatives import MixedHardNegatives
from .mixed_positives import MixedPositives
from .mixing import CutMixViews, InputMix, MixupViews
from .permutations import distant_permutations
from .pieces import RandomRotation, ShuffledTiles, Tiles, rotate, take
from .queue_negatives import QueueNegatives
from .sinkhorn import sinkhorn
from .step import Step

__all__ = [
    'BankNegatives',
    'BankPositives',
    'BatchNegatives',
    'ClassOracle',
    'ClassPositives',
    'CutMixViews',
    'InputMix',
    'InstancePositives',
    'MixedHardNegatives',
    'MixedPositives',
    'MixupViews',
    'QueueNegatives',
    'RandomRotation',
    'ShuffledTiles',
    'Step',
    'Tiles',
    'distant_permutations',
    'rotate',
    'sinkhorn',
    'take',
]
