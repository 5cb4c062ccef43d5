"""Heads that say which class an image is of."""

import math
from typing import Dict

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.models.losses import distillation
from mmcl.registry import MODELS
from mmcl.utils.errors import expect


@MODELS.register_module()
class ClassifierHead(BaseModule):
    """A linear classifier with cross entropy.

    Args:
        in_channels (int): Width of the features, >= 1.
        num_classes (int): K, >= 1.
        init_std (float): Standard deviation of the initial weights, >= 0. Defaults to 0: all zero, as SimCLR fine-tunes
            (``zero_init_logits_layer`` in the authors' code). Biases start at 0.
    """

    def __init__(
        self, in_channels: int, num_classes: int, init_std: float = 0.0, init_cfg: dict = None
    ) -> None:
        super().__init__(init_cfg)
        self.num_classes = num_classes
        self.init_std = init_std
        self.fc = nn.Linear(in_channels, num_classes)

    def init_weights(self) -> None:
        """Initialise the layer."""
        super().init_weights()
        nn.init.normal_(self.fc.weight, std=self.init_std)
        if self.fc.bias is not None:
            nn.init.zeros_(self.fc.bias)

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, C) -> logits (N, K)."""
        return self.fc(features)

    def loss(self, logits: Tensor, labels: Tensor) -> Dict[str, Tensor]:
        """Cross entropy.

        Args:
            logits (Tensor): (N, K), at least fp32.
            labels (Tensor): int64 (N,), in [0, K); or soft, (N, K), rows summing to 1.

        Returns:
            dict: ``loss``; ``vs_chance``, over that of a classifier that knows nothing (ln K); ``hits``, the share of right answers, each
            counted by its soft label where there is one.
        """
        best = logits.argmax(dim=1)
        if labels.is_floating_point():
            labels = labels.to(logits.dtype)
            hits = labels.gather(1, best[:, None]).mean()
        else:
            hits = (best == labels).float().mean()
        loss = F.cross_entropy(logits, labels)
        return dict(loss=loss, vs_chance=loss.detach() / math.log(max(self.num_classes, 2)), hits=hits)


@MODELS.register_module()
class DistillHead(ClassifierHead):
    r"""A student's classifier, which learns from a teacher's (SimCLR v2, https://arxiv.org/abs/2006.10029, eq. 2 and 3).

    :math:`L = -(1 - \alpha) \sum_{(x, y) \in D_L} \log P^S(y|x) - \alpha \sum_{x \in D} \sum_y P^T(y|x; t) \log P^S(y|x; t)`. Both sums
    are divided by the images of the batch, labelled or not, so that a batch estimates the equation up to one factor, and processes with
    more and with fewer labels average to it; the first is then small where few images are labelled.

    Args:
        in_channels (int): Width of the features, >= 1.
        num_classes (int): K, >= 1.
        temperature (float): t, > 0: 0.1 where student and teacher are alike (self-distillation), 1 for a smaller student.
        alpha (float): Share of the teacher's term, in [0, 1]. Defaults to 1: labels are not looked at. The paper gives no other value.
        scale_by_t2 (bool): Multiply the teacher's term by t squared, as the authors' code does and the paper does not; the gradient is
            then about the same at every t. Defaults to True.
        init_std (float): See :class:`ClassifierHead`. Defaults to 0.01, for a student that starts from scratch.

    Raises:
        InputError: ``temperature`` or ``alpha`` out of range.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        temperature: float = 1.0,
        alpha: float = 1.0,
        scale_by_t2: bool = True,
        init_std: float = 0.01,
        init_cfg: dict = None,
    ) -> None:
        super().__init__(in_channels, num_classes, init_std, init_cfg)
        given = f'The head has temperature={temperature}'
        expect(
            temperature > 0, given, 'a number above 0', 'Set model.head.temperature, 0.1 or 1 in the paper'
        )
        expect(0 <= alpha <= 1, f'The head has alpha={alpha}', 'a share from 0 to 1', 'Set model.head.alpha')
        self.temperature = temperature
        self.alpha = alpha
        self.scale = temperature**2 if scale_by_t2 else 1.0

    def loss(self, logits: Tensor, labels: Tensor, teacher: Tensor) -> Dict[str, Tensor]:
        """Both terms.

        Args:
            logits (Tensor): The student's, (N, K), at least fp32.
            labels (Tensor): int64 (N,), -1 where unknown.
            teacher (Tensor): The teacher's logits, (N, K), likewise.

        Returns:
            dict: ``loss_distill`` and, for ``alpha`` < 1, ``loss_label``, both weighted; ``vs_chance``, their sum over that of a student
            that knows nothing; ``excess``, the distillation before weighting minus its least value, the teacher's entropy; ``agreement``,
            the share of images that both give the same class.
        """
        distill = distillation(logits, teacher, self.temperature)
        losses = dict(loss_distill=self.alpha * self.scale * distill)
        known = (labels >= 0).float().mean()
        if self.alpha < 1:
            hard = F.cross_entropy(logits, labels, ignore_index=-1, reduction='sum') / len(labels)
            losses['loss_label'] = (1 - self.alpha) * hard
        with torch.no_grad():
            chance = math.log(max(self.num_classes, 2)) * (self.alpha * self.scale + (1 - self.alpha) * known)
            losses['vs_chance'] = sum(losses.values()) / chance.clamp(min=1e-12)
            losses['excess'] = distill - distillation(teacher, teacher, self.temperature)
            losses['agreement'] = (logits.argmax(dim=1) == teacher.argmax(dim=1)).float().mean()
        return losses
