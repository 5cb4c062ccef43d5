"""The template of methods in which a trained network teaches another one."""

from typing import Dict

import torch
from torch import Tensor, nn

from mmcl.models.parts import build_part
from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .classifier import Classifier


@MODELS.register_module()
class DistillLearner(Classifier):
    """A student learns a frozen teacher's predictions of the same views (SimCLR v2, https://arxiv.org/abs/2006.10029, section 2).

    ::

        for x, y in loader:                                          # y unknown for most images, or all
            p_t = teacher(t(x));  p_s = student(t(x))                # one view t; the teacher in evaluation mode, without gradient
            loss = DistillHead(p_s, y, p_t)

    The student is ``backbone``, ``neck`` and ``head``, under the names of every other learner, so its checkpoint is used as theirs are.
    The teacher is part of it too (``teacher.*``): it is neither trained nor changed, but a run resumes without the file it came from.

    Args:
        teacher (dict): Config of a :class:`Classifier`, with ``pretrained`` and all of its parts in ``pretrained_parts``.
        **kwargs: The student's, see :class:`Classifier`; ``head`` is a DistillHead.

    Raises:
        InputError: The teacher knows another number of classes, or the head takes no teacher.
    """

    unlabelled = True

    def __init__(self, *args, teacher: dict, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.teacher = build_part(teacher, 'teacher').requires_grad_(False).eval()
        expect(
            hasattr(self.head, 'temperature'),
            f'model.head is a {type(self.head).__name__}, which takes no teacher',
            'DistillHead',
            "Set model.head.type='DistillHead'",
        )
        given = (
            f'The teacher knows {self.teacher.head.num_classes} classes, the student {self.head.num_classes}'
        )
        expect(
            self.teacher.head.num_classes == self.head.num_classes, given, 'as many', 'Set head.num_classes'
        )

    def train(self, mode: bool = True) -> nn.Module:
        """Set the student's mode; the teacher's targets must not depend on the batch."""
        super().train(mode)
        self.teacher.eval()
        return self

    @torch.no_grad()
    def targets(self, images: Tensor) -> Dict[str, Tensor]:
        """The teacher's logits."""
        return dict(teacher=self.teacher.logits(images))
