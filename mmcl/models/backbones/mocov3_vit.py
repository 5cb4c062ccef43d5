"""MoCo v3's vision transformer."""

from mmpretrain.models.selfsup import MoCoV3ViT as _MoCoV3ViT

from mmcl.registry import MODELS


@MODELS.register_module()
class MoCoV3ViT(_MoCoV3ViT):
    """MMPretrain's, whose fixed position embedding is fixed from the start.

    MMPretrain stops its gradient when weights are initialised, which is after DDP and EMA targets have counted on one.

    Args:
        **kwargs: See MMPretrain's ``MoCoV3ViT``; ``stop_grad_conv1=True`` leaves the patch projection at its random start
            (https://arxiv.org/abs/2104.02057, section 4.2).
    """

    def __init__(self, **kwargs) -> None:
        super().__init__(**kwargs)
        self.pos_embed.requires_grad_(False)
