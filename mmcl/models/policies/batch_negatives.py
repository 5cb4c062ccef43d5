"""Negatives from the batch."""

import torch

from mmcl.registry import TASK_UTILS
from mmcl.structures import ContrastSet
from mmcl.utils.dist import rank
from mmcl.utils.errors import expect

from .step import Step


@TASK_UTILS.register_module()
class BatchNegatives:
    """Negatives are the other images of the batch on all processes; gradient flows to all of them (SimCLR, section 2.1).

    After another policy, e.g. QueueNegatives, they stand beside its negatives.

    Args:
        views (str): 'all' views (SimCLR: 2B - 2 negatives) or only the 'key' view of the pair (MoCo v3: B - 1).

    Raises:
        InputError: Another value of ``views``.
    """

    def __init__(self, views: str = 'all') -> None:
        given = f'BatchNegatives has views={views!r}'
        expect(views in ('all', 'key'), given, "'all' or 'key'", 'Set views of model.negatives')
        self.views = views

    def __call__(self, contrast: ContrastSet, step: Step) -> ContrastSet:
        """Add the keys of all processes and hide each anchor's own."""
        views = sorted(step.key) if self.views == 'all' else [step.pair[1]]
        gathered = [step.gathered_key(v) for v in views]
        num = len(contrast.anchors)
        rows = torch.arange(num, device=contrast.anchors.device) + rank() * num
        # an anchor never meets its own image among the shared ones: itself, and the positive, which has a column of its own
        hidden = torch.stack([rows + i * len(gathered[0]) for i in range(len(views))], dim=1)  # (N, views)
        return contrast.extended(torch.cat(gathered), hidden)
