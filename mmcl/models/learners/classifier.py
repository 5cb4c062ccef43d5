"""A network that learns classes from labels."""

from typing import Dict, List, Optional, Sequence

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.encoders.base import precise, unit
from mmcl.models.necks import pool
from mmcl.registry import MODELS
from mmcl.structures import Inputs, class_labels, single_view

from .embedder import Embedder
from .start_from import start_from


@MODELS.register_module()
class Classifier(Embedder):
    """MMPretrain's ``ImageClassifier`` for mmcl's batches: backbone, neck and classifier, all of them trained.

    It starts from a pre-trained network, strictly, takes views that ``ViewPreprocessor`` makes, and still gives the backbone's features
    (:meth:`features`), so that everything that works on a pre-training learner works on it.

    Args:
        backbone (dict): Config of the backbone; its checkpoint keys are ``backbone.*``.
        head (dict): Config of the classifier.
        neck (dict, optional): Config of what lies between, e.g. the first layer of a projector. Defaults to None: average pooling.
        pretrained (str, optional): Checkpoint whose ``pretrained_parts`` this starts from; read when weights are initialised, so not by
            a run that resumes. Defaults to None: from scratch.
        pretrained_parts (Sequence[str]): Which parts, all of each, see :func:`~mmcl.models.learners.start_from.start_from`. Defaults to
            ``('backbone', 'neck')``.
        data_preprocessor (dict, optional): Defaults to ViewPreprocessor.

    Raises:
        InputError: A part of the wrong kind in a slot, several views of an image, or a label that is none.
    """

    unlabelled = False  # whether images without a label are of use

    def __init__(
        self,
        backbone: dict,
        head: dict,
        neck: Optional[dict] = None,
        pretrained: Optional[str] = None,
        pretrained_parts: Sequence[str] = ('backbone', 'neck'),
        data_preprocessor: Optional[dict] = None,
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(backbone, head, neck, data_preprocessor, init_cfg)
        self.pretrained, self.pretrained_parts = pretrained, tuple(pretrained_parts)

    def init_weights(self) -> None:
        """Initialise, then start from ``pretrained``."""
        super().init_weights()
        if self.pretrained is not None:
            start_from(self, self.pretrained, self.pretrained_parts)

    def forward(self, inputs, data_samples: Optional[List[DataSample]] = None, mode: str = 'tensor'):
        """Run in ``mode`` 'loss' (a dict of losses), 'predict' (samples with scores) or 'tensor' (logits)."""
        if mode == 'tensor':
            return self.logits(single_view(inputs, type(self).__name__))
        return self.predict(inputs, data_samples) if mode == 'predict' else self.loss(inputs, data_samples)

    def loss(self, inputs: Inputs, data_samples: List[DataSample]) -> Dict[str, Tensor]:
        """One training step.

        Args:
            inputs (Tensor | list[Tensor]): One view, (N, 3, H, W), maybe in a list.
            data_samples (list[DataSample]): N samples with ``gt_label``.

        Returns:
            dict[str, Tensor]: ``loss_*`` terms, already weighted, and statistics, from the head.
        """
        images = single_view(inputs, type(self).__name__)
        judged, targets = self.judged(images), self.targets(images)
        with torch.autocast(images.device.type, enabled=False):  # losses in full precision
            return self.head.loss(judged, self.labels(data_samples).to(images.device), **targets)

    def judged(self, images: Tensor) -> Tensor:
        """What the head's loss looks at, a row an image: the logits."""
        return self.logits(images)

    def targets(self, images: Tensor) -> Dict[str, Tensor]:
        """What the head's loss is given besides logits and labels."""
        return {}

    def labels(self, data_samples: List[DataSample]) -> Tensor:
        """Classes, int64 (N,), on the host; or, where a batch augmentation mixed them, soft labels (N, K)."""
        if 'gt_score' in data_samples[0]:
            return torch.stack([sample.gt_score for sample in data_samples])
        return class_labels(data_samples, self.head.num_classes, 'model.head.num_classes', self.unlabelled)

    def logits(self, images: Tensor) -> Tensor:
        """Images (N, 3, H, W) -> logits (N, K), at least fp32."""
        return self._classify(self.project(images))

    def project(self, images: Tensor) -> Tensor:
        """Images (N, 3, H, W) -> what the classifier sees, (N, D)."""
        return self._neck(self.backbone(images))

    def embed(self, images: Tensor) -> Tensor:
        """What the classifier sees, of unit length."""
        return unit(self.project(images))

    def predict(self, inputs: Tensor, data_samples: List[DataSample]) -> List[DataSample]:
        """Give every sample its ``pred_score``, (K,), summing to 1, its ``pred_label`` and its ``feature``, (C,)."""
        maps = self.backbone(inputs)
        scores = self._classify(self._neck(maps)).softmax(dim=1)
        for sample, feature, score in zip(data_samples, unit(pool(maps)), scores):
            sample.set_pred_score(score).set_pred_label(score.argmax()).set_field(feature, 'feature')
        return data_samples

    def _classify(self, features: Tensor) -> Tensor:
        # divided by a temperature of 0.1, logits show the digits that bf16 lacks and leave fp16's range
        with torch.autocast(features.device.type, enabled=False):
            return self.head(precise(features))

    def _neck(self, maps) -> Tensor:
        return pool(maps) if self.neck is None else self.neck(maps)
