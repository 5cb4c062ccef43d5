"""Templates: how one batch flows through the parts. A method overrides a step, never ``loss``."""

from .classifier import Classifier
from .contrastive import ContrastiveLearner
from .distill import DistillLearner
from .latent import LatentLearner
from .multi_scale import MultiScaleLearner
from .pair import PairLearner
from .pretext import PretextLearner
from .pretext_branch import PretextBranch
from .spaces import SpacesLearner
from .view_graph import ViewGraph

__all__ = [
    'Classifier',
    'ContrastiveLearner',
    'DistillLearner',
    'LatentLearner',
    'MultiScaleLearner',
    'PairLearner',
    'PretextBranch',
    'PretextLearner',
    'SpacesLearner',
    'ViewGraph',
]
