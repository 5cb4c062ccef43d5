"""The template of methods that predict one view's embedding from the other's, without negatives."""

from typing import Dict

from torch import Tensor

from mmcl.models.policies import Step
from mmcl.registry import MODELS

from .pair import PairLearner


@MODELS.register_module()
class LatentLearner(PairLearner):
    """Each query (a prediction) is compared with the key of the other view; SimSiam is this with :class:`StopGradPair`."""

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Score a prediction by its target."""
        i, j = step.pair
        return self.head(step.query[i], step.key[j])
