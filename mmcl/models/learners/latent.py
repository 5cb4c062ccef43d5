"""The template of methods that predict one view's embedding from the other's, without negatives."""

from typing import Dict, Optional

from torch import Tensor

from mmcl.models.parts import build_part
from mmcl.models.policies import Step
from mmcl.registry import MODELS, TASK_UTILS

from .pair import PairLearner


@MODELS.register_module()
class LatentLearner(PairLearner):
    """Each query (a prediction) is compared with the key of the other view; SimSiam is this with :class:`StopGradPair`.

    Args:
        positives (dict, optional): Config of a policy whose ``target`` gives what is predicted instead (:class:`MixedPositives`).
        **kwargs: See :class:`PairLearner`.
    """

    def __init__(self, *args, positives: Optional[dict] = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.positives = build_part(positives, 'positives', TASK_UTILS)

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Score a prediction by its target."""
        i, j = step.pair
        target = step.key[j] if self.positives is None else self.positives.target(step)
        return self.head(step.query[i], target)
