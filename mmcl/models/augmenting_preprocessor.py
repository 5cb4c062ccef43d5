"""A data preprocessor that runs MMPretrain's batch augmentations."""

import numpy as np
import torch
import torch.nn.functional as F
from mmpretrain.models.utils.batch_augments import RandomBatchAugment

from mmcl.datasets.transforms.multi_view import seeded
from mmcl.models.preprocessor import ViewPreprocessor
from mmcl.registry import MODELS
from mmcl.structures import labels
from mmcl.utils.dist import rank
from mmcl.utils.errors import expect
from mmcl.utils.keyed_random import step_keys


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
        images, samples = data['inputs'], data['data_samples']
        if not isinstance(images, torch.Tensor):
            given = f'BatchAugmentPreprocessor was given {len(images)} views an image'
            expect(len(images) == 1, given, 'one', 'Give views, or MultiView, a list of one')
            images = images[0]
        found = labels(samples)
        wrong = (found < 0) | (found >= self.num_classes)
        expect(
            not wrong.any(),
            f'A training image has the label {found[wrong][:1].tolist()}, where -1 is unknown',
            f'0 to {self.num_classes - 1}, since model.data_preprocessor.num_classes={self.num_classes}',
            'Set num_classes, or keep labelled images only',
        )
        scores = F.one_hot(found, self.num_classes).to(images)
        if self.augment is not None:
            with seeded(int(step_keys('batch augments', np.array(rank())))):
                images, scores = self.augment(images, scores)
        for sample, score in zip(samples, scores):
            sample.set_gt_score(score)
        return dict(data, inputs=images)
