"""Which candidates an anchor is pulled to."""

import dataclasses

from mmcl.registry import TASK_UTILS
from mmcl.structures import ContrastSet

from .step import Step


@TASK_UTILS.register_module()
class InstancePositives:
    """The positive of an image is its own other view: column 0."""

    def __call__(self, contrast: ContrastSet, step: Step) -> ContrastSet:
        """Add the key of the same image."""
        return dataclasses.replace(contrast, own=step.key[step.pair[1]][:, None])
