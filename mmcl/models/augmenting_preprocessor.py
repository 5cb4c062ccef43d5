"""A data preprocessor that runs MMPretrain's batch augmentations."""

import torch.nn.functional as F
from mmpretrain.models.utils.batch_augments import RandomBatchAugment

from mmcl.datasets.transforms.multi_view import seeded
from mmcl.models.preprocessor import ViewPreprocessor
from mmcl.registry import MODELS
from mmcl.structures import class_labels, single_view
from mmcl.utils.sample_random import batch_key


@MODELS.register_module()
class BatchAugmentPreprocessor(ViewPreprocessor):
    """Mixes images and labels of a batch by MMPretrain's ``Mixup``, ``CutMix`` ..., in training, after normalisation.

    mixup (https://arxiv.org/abs/1710.09412) is ``dict(augments=[dict(type='Mixup', alpha=1.0)])``: one share a batch and process, the
    partners from the same batch. Each sample gets ``gt_score``, its soft label, which :class:`Classifier` and MMPretrain's
    ``ImageClassifier`` take. What is drawn is a function of (seed, iteration, rank), so it is the same on resume.

    Args:
        batch_augments (dict): ``augments``, configs of MMPretrain's batch augmentations, where ``alpha=0`` mixes nothing; ``probs``, how
            often each is taken, adding up to at most 1, by default equally often.
        num_classes (int): K, >= 1.
        **kwargs: See :class:`ViewPreprocessor`.

    Raises:
        InputError: Several views of an image, or a label that is none.
    """

    def __init__(self, batch_augments: dict, num_classes: int, **kwargs) -> None:
        super().__init__(**kwargs)
        augments = batch_augments['augments']
        augments = augments if isinstance(augments, (list, tuple)) else [augments]
        probs = batch_augments.get('probs') or [1 / len(augments)] * len(augments)
        # Beta(0, 0) does not exist; what it stands for is one of the two images, unmixed
        mixing = [(augment, prob) for augment, prob in zip(augments, probs) if augment.get('alpha') != 0]
        self.augment = RandomBatchAugment(*map(list, zip(*mixing))) if mixing else None
        self.num_classes = num_classes

    def forward(self, data: dict, training: bool = False) -> dict:
        """Preprocess a collated batch; in training, mix it as well: ``inputs`` is then one tensor (N, 3, H, W)."""
        data = super().forward(data, training)
        if not training:
            return data
        images, samples = single_view(data['inputs'], type(self).__name__), data['data_samples']
        found = class_labels(samples, self.num_classes, 'model.data_preprocessor.num_classes')
        scores = F.one_hot(found, self.num_classes).to(images)
        if self.augment is not None:
            with seeded(batch_key('batch augments')):
                images, scores = self.augment(images, scores)
        for sample, score in zip(samples, scores):
            sample.set_gt_score(score)
        return dict(data, inputs=images)
