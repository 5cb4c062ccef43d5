"""The template of methods with negatives."""

from typing import Dict, List

from torch import Tensor

from mmcl.models.parts import build_part
from mmcl.models.policies import Step
from mmcl.registry import MODELS, TASK_UTILS
from mmcl.structures import ContrastSet

from .pair import PairLearner


@MODELS.register_module()
class ContrastiveLearner(PairLearner):
    """Each query is told from its negatives by its positive.

    Args:
        positives (dict): Config of the policy that adds positives. Defaults to InstancePositives.
        negatives (dict | list[dict]): Config of the policies that add negatives, applied in order. Defaults to BatchNegatives.
        **kwargs: See :class:`PairLearner`.
    """

    def __init__(
        self, *args, positives: dict | None = None, negatives: dict | List[dict] | None = None, **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        negatives = negatives or dict(type='BatchNegatives')
        negatives = negatives if isinstance(negatives, list) else [negatives]
        self.policies = [build_part(positives or dict(type='InstancePositives'), 'positives', TASK_UTILS)]
        self.policies += [build_part(cfg, 'negatives', TASK_UTILS) for cfg in negatives]

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Score a pair by its contrast set."""
        return self.head(self.contrast(step))

    def contrast(self, step: Step) -> ContrastSet:
        """The anchors ``step.query`` of this pair against their candidates."""
        contrast = ContrastSet(anchors=step.query[step.pair[0]])
        for policy in self.policies:
            contrast = policy(contrast, step)
        return contrast
