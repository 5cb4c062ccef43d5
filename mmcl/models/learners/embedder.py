"""What a learner offers besides its loss: embeddings of images."""

from typing import List

from mmpretrain.models.selfsup import BaseSelfSupervisor
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.encoders.base import unit
from mmcl.models.necks import pool


class Embedder(BaseSelfSupervisor):
    """A network with ``backbone`` and ``encoder`` that can be asked for features, while it learns and afterwards."""

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
