"""TSC."""

import dataclasses
from typing import Dict, List

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.heads import SupConHead
from mmcl.models.parts import build_part
from mmcl.models.policies import Step
from mmcl.registry import MODELS
from mmcl.structures import ClassContrastSet, class_labels
from mmcl.utils.errors import expect, expect_each

from .moco import MoCo


@MODELS.register_module()
class TSC(MoCo):
    r"""Targeted supervised contrastive learning (Li et al. 2022, https://arxiv.org/abs/2111.13998, section 3.2).

    KCL, and each class is also pulled to a point of its own; the points are spread evenly over the sphere, whatever the number of images of
    the classes. All points are candidates, so those of other classes push::

        T = points that are uniform on the sphere                           # once
        for x, y in loader:
            q, k = f_q(t(x)), f_k(t'(x))                                    # unit length; k without gradient
            c[y] = normalize(0.9 c[y] + 0.1 normalize(mean of q of class y))
            s = argmin over permutations of sum_y |c[y] - T[s(y)]|^2        # Hungarian algorithm
            P = {k, up to 6 keys of class y, drawn from the queue}
            log_p = log_softmax over {k, queue, T} of q . / temperature
            loss = -(mean over P of log_p + weight * log_p[T[s(y)]])        # form 'paper'
            loss = -(sum over P of log_p + weight * log_p[T[s(y)]]) / (|P| + 1)                # form 'code'
            SGD(f_q);  f_k = m f_k + (1 - m) f_q;  enqueue(queue, k, y)

    Before ``targets.start_epoch``, and for images without a class, it is KCL (or whatever the policies make of MoCo). The authors' code
    also knows several copies of each target, targets that take one of the 6 places, and, for CIFAR, targets as images of the batch.

    Parts: :class:`ClassTargets`, :class:`ClassPositives`, :class:`LabelledQueue`, :class:`SupConHead`; or :class:`SharedPair` and
    :class:`BatchNegatives`, without a memory, for the contrast within the batch; pairs are added, so ``loss_weight=0.5`` means two.

    Args:
        targets (dict): Config of ClassTargets.
        target_weight (float): Of the pull to the target, >= 0. Defaults to 0.2.
        form (str): 'code' (section 4's numbers are made with it; the target's share is about 0.2 / 8) or 'paper' (eq. 6; 0.2).
            Defaults to 'code'.
        **kwargs: See :class:`ContrastiveLearner`.

    Raises:
        InputError: A setting out of range, or policies that name no positives by class.
    """

    def __init__(
        self, *args, targets: dict, target_weight: float = 0.2, form: str = 'code', **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        expect_each(
            'TSC has',
            'Set model.{name}',
            ('target_weight', target_weight, target_weight >= 0, 'a number >= 0'),
            ('form', form, form in ('code', 'paper'), "'code' or 'paper'"),
        )
        good = isinstance(self.head, SupConHead) and self.head.form == 'out'
        given = f"model.head is a {type(self.head).__name__}, which does not weigh anchors, or has form='in'"
        expect(good, given, "a SupConHead of form 'out'", "Set model.head.type='SupConHead'")
        self.targets = build_part(targets, 'targets')
        self.target_weight, self.form = target_weight, form

    def contrast(self, step: Step) -> ClassContrastSet:
        """KCL's set, with the targets among the candidates and the own one among the positives."""
        contrast = super().contrast(step)
        given = f'The last of model.negatives gives a {type(contrast).__name__}'
        remedy = "End model.negatives with dict(type='ClassPositives')"
        expect(isinstance(contrast, ClassContrastSet), given, 'positives by class', remedy)
        labels = class_labels(step.data_samples, len(self.targets), 'model.targets.num_classes', unknown=True)
        labels = labels.to(contrast.anchors.device)
        step.once('targets', lambda: self.targets.update(contrast.anchors.detach(), labels))
        if not self.targets.active:
            return contrast
        known = (labels >= 0).to(contrast.anchors.dtype)
        number = contrast.number.to(known.dtype)  # |P|
        divisor = (
            number + known if self.form == 'code' else number
        )  # of the sum over P; then also of the pull
        share = number / divisor
        pull = self.target_weight * known / (divisor if self.form == 'code' else 1)
        own, mean = contrast.own[:, 0], contrast.own[:, 0] - contrast.offset
        target = self.targets.of(labels.clamp(min=0)).to(own.dtype)
        weight = share + pull
        offset = weight[:, None] * own - share[:, None] * mean - pull[:, None] * target
        shared = torch.cat([contrast.shared, self.targets.read().to(own.dtype)])
        return dataclasses.replace(contrast, shared=shared, offset=offset, weight=weight)

    def remember(self, key: Dict[int, Tensor], data_samples: List[DataSample]) -> None:
        """Enqueue the keys of this step, where there is a queue."""
        if self.memory is not None:
            super().remember(key, data_samples)
