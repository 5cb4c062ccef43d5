"""What the memory bank says of the own image."""

import dataclasses

from mmcl.registry import TASK_UTILS
from mmcl.structures import ContrastSet

from .step import Step


@TASK_UTILS.register_module()
class BankPositives:
    """The positive of an image is its own row of the memory bank, as earlier steps left it: column 0 (NPID, PIRL)."""

    def __call__(self, contrast: ContrastSet, step: Step) -> ContrastSet:
        """Add the image's row."""
        row = step.memory.read(step.sample_idx())[:, None]
        return dataclasses.replace(contrast, own=row.to(contrast.anchors.dtype))
