"""The template of pretext tasks: a classifier names what was done to an image."""

from typing import Dict, List, Tuple

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.necks import pool
from mmcl.structures import Inputs, single_view

from .classifier import Classifier
from .embedder import Embedder


class PretextLearner(Classifier):
    """A :class:`Classifier` whose images and labels are made from images without labels. A task overrides :meth:`make`.

    Its head, and its neck where there is one, are for the task alone: features and embeddings are the backbone's, of whole images.

    Args:
        **kwargs: See :class:`Classifier`.
    """

    predict = Embedder.predict

    def loss(self, inputs: Inputs, data_samples: List[DataSample]) -> Dict[str, Tensor]:
        """One training step.

        Args:
            inputs (Tensor | list[Tensor]): One view, (N, 3, H, W), maybe in a list.
            data_samples (list[DataSample]): N samples with ``sample_idx``.

        Returns:
            dict[str, Tensor]: From the head: ``loss``, ``vs_chance`` (loss / that of a classifier that knows nothing) and ``hits``, the
            share of right answers.
        """
        images, labels = self.make(single_view(inputs, type(self).__name__), data_samples)
        logits = self.logits(images)
        with torch.autocast(images.device.type, enabled=False):  # losses in full precision
            return self.head.loss(logits, labels.to(images.device))

    def make(self, images: Tensor, data_samples: List[DataSample]) -> Tuple[Tensor, Tensor]:
        """Images (N, 3, H, W) -> what the backbone sees, and a label, int64, for each row that the head sees."""
        raise TypeError(f'{type(self).__name__} makes no labels')

    def logits(self, images: Tensor) -> Tensor:
        """What :meth:`make` made of images -> logits, at least fp32, a row for each label."""
        return self._classify(self._neck(self.backbone(images)))

    def project(self, images: Tensor) -> Tensor:
        """Images (N, 3, H, W) -> pooled features (N, C), before normalisation."""
        return pool(self.backbone(images))
