"""What a learner offers besides its loss: embeddings of images."""

from typing import List, Optional

from mmpretrain.models.selfsup import BaseSelfSupervisor
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.encoders.base import unit
from mmcl.models.necks import pool
from mmcl.models.parts import build_part


class Embedder(BaseSelfSupervisor):
    """A network with ``backbone`` and ``encoder`` that can be asked for features, while it learns and afterwards.

    Args:
        backbone (dict): Config of the backbone; its checkpoint keys are ``backbone.*``.
        head (dict, optional): Config of the head.
        neck (dict, optional): Config of the neck.
        data_preprocessor (dict, optional): Defaults to ViewPreprocessor.

    Raises:
        InputError: A part of the wrong kind in a slot.
    """

    def __init__(
        self,
        backbone: dict,
        head: Optional[dict] = None,
        neck: Optional[dict] = None,
        data_preprocessor: Optional[dict] = None,
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(
            backbone=build_part(backbone, 'backbone'),
            neck=build_part(neck, 'neck'),
            head=build_part(head, 'head'),
            data_preprocessor={'type': 'ViewPreprocessor', **(data_preprocessor or {})},
            init_cfg=init_cfg,
        )

    def project(self, images: Tensor) -> Tensor:
        """Images (N, 3, H, W) -> the online projection (N, D), before normalisation."""
        return self.encoder.project(self, images)

    def embed(self, images: Tensor) -> Tensor:
        """The target's embedding where there is a target, else the network's own, (N, D) of unit length; what clustering uses."""
        return self.encoder.embed(self, images)

    def features(self, images: Tensor) -> Tensor:
        """Pooled backbone features, (N, C) of unit length; what evaluation uses."""
        return unit(pool(self.backbone(images)))

    def predict(self, inputs: Tensor, data_samples: List[DataSample]) -> List[DataSample]:
        """Give every sample its ``feature``, (C,)."""
        for sample, feature in zip(data_samples, self.features(inputs)):
            sample.set_field(feature, 'feature')
        return data_samples
