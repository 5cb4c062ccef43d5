"""Negatives from the queue."""

from mmcl.registry import TASK_UTILS
from mmcl.structures import ContrastSet
from mmcl.utils.errors import expect

from .step import Step


@TASK_UTILS.register_module()
class QueueNegatives:
    """Negatives are the keys of earlier steps (MoCo, section 3.1), beside those that another policy has brought."""

    def __call__(self, contrast: ContrastSet, step: Step) -> ContrastSet:
        """Add the queue."""
        keys, width = step.memory.read(), contrast.anchors.shape[1]
        given = f'The queue has dim={keys.shape[1]}'
        expect(keys.shape[1] == width, given, f'{width}, as the keys', f'Set model.memory.dim={width}')
        return contrast.extended(keys)
