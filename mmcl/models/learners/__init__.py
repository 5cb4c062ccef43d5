"""Templates: how one batch flows through the parts. A method overrides a step, never ``loss``."""

from .classifier import Classifier
from .contrastive import ContrastiveLearner
from .distill import DistillLearner
from .latent import LatentLearner
from .pair import PairLearner

__all__ = ['Classifier', 'ContrastiveLearner', 'DistillLearner', 'LatentLearner', 'PairLearner']
