"""HCSC's head, as its authors' code masks."""

from typing import Dict

from torch import Tensor

from mmcl.models.losses import zero_masked_info_nce
from mmcl.registry import MODELS
from mmcl.structures import ContrastSet

from .contrastive_head import ContrastiveHead


@MODELS.register_module()
class ZeroMaskHead(ContrastiveHead):
    """:class:`ContrastiveHead` in which a hidden candidate has the logit 0 instead of none; see :func:`zero_masked_info_nce`.

    For parity with HCSC's code alone; with :class:`ContrastiveHead` what is removed is gone, as the paper says.

    Args:
        **kwargs: See :class:`ContrastiveHead`.
    """

    rule = staticmethod(zero_masked_info_nce)

    def forward(self, contrast: ContrastSet) -> Dict[str, Tensor]:
        """As :class:`ContrastiveHead`; ``chance`` counts what is hidden too."""
        terms = super().forward(contrast)
        seen = contrast.own.shape[1] + len(contrast.shared)
        return {**terms, 'chance': terms['loss'].new_tensor(float(seen)).log() * self.loss_weight}
