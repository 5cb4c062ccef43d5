"""Templates: how one batch flows through the parts. A method overrides a step, never ``loss``."""

from .contrastive import ContrastiveLearner
from .latent import LatentLearner
from .pair import PairLearner

__all__ = ['ContrastiveLearner', 'LatentLearner', 'PairLearner']
