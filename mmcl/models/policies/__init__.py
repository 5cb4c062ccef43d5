"""Policies fill a :class:`ContrastSet`: which candidates are positive, which negative. No parameters, no state.

A policy is called as ``policy(contrast, step)`` and returns the contrast set with its part added; ``negatives`` may be a list of them.
Here too is how samples are shared out to prototypes, which keys and prototypes are likely to be no negatives, and how images are turned and
cut up.
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
from .pieces import RandomRotation, ShuffledTiles, Tiles, TurnedTiles, rotate, take
from .prototypes import other_prototypes, own_contrast
from .queue_negatives import QueueNegatives
from .selection import columns, drop, keep_instances, keep_prototypes
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
    'TurnedTiles',
    'columns',
    'distant_permutations',
    'drop',
    'keep_instances',
    'keep_prototypes',
    'other_prototypes',
    'own_contrast',
    'rotate',
    'sinkhorn',
    'take',
]
