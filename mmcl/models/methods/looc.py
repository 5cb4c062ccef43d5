"""LooC."""

from dataclasses import replace
from typing import Dict, List

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.encoders.base import unit
from mmcl.models.learners import SpacesLearner
from mmcl.models.learners.spaces import added
from mmcl.models.policies import Step
from mmcl.registry import MODELS
from mmcl.utils.errors import expect

FEATURES = ('backbone', 'hidden', 'embedding')


@MODELS.register_module()
class LooC(SpacesLearner):
    """Leave-one-out contrastive learning (Xiao et al. 2020, https://arxiv.org/abs/2008.05659, section 3).

    Contrast makes features blind to every augmentation, but colour tells birds and rotation tells which way is up. Here space 0 is blind
    to all, and space i to all but augmentation i, of which key i has the query's own draw; the other keys are then negatives::

        for x in loader:                                               # n augmentations may be left out
            q = f_q(t(x));  k_j = f_k(t_j(x)), j = 0 .. n              # t_i shares augmentation i with t, t_0 shares none
            L_0 = sum over j of CE([h_0 q . h_0 k_j, h_0 q @ queue_0.T] / temperature, 0)
            L_i = CE([h_i q . h_i k_i, h_i q . h_i k_j for j != i, h_i q @ queue_i.T] / temperature, 0)
            loss = (L_0 + L_1 + ... + L_n) / (n + 1)
            SGD(f_q, h);  the target f_k, with heads of its own, follows     # MomentumHook
            enqueue(queue_i, h_i k_i), i = 0 .. n

    Parts: MoCo's, :class:`SpaceNecks`, :class:`SpaceQueues`, :class:`RelatedView`. The query is view 0, key j is view 1 + j. Without an
    augmentation left out it is MoCo. LooC reads the backbone's features; LooC++ reads all spaces: ``features_from='hidden'``.
    The authors published no code. Ours: 1 / (n + 1); key i enters queue i; and the views' ``differs``, without which a quarter of the
    negatives in a rotation's space would have the query's angle.

    Args:
        num_left_out (int): n >= 0. Defaults to 1.
        features_from (str): What evaluation reads: 'backbone', or of all spaces side by side the 'hidden' layer or the 'embedding'.
            Defaults to 'backbone'.
        **kwargs: See :class:`ContrastiveLearner`; ``pairs`` follow from ``num_left_out``.

    Raises:
        InputError: A negative ``num_left_out``, another number of necks or queues than n + 1, or another ``features_from``.
    """

    def __init__(self, *args, num_left_out: int = 1, features_from: str = 'backbone', **kwargs) -> None:
        expect(
            num_left_out >= 0,
            f'LooC has num_left_out={num_left_out}',
            'a number >= 0',
            'Set model.num_left_out',
        )
        given = f'LooC has features_from={features_from!r}'
        expect(features_from in FEATURES, given, f'one of {", ".join(FEATURES)}', 'Set model.features_from')
        super().__init__(*args, pairs=[(0, 1 + key) for key in range(num_left_out + 1)], **kwargs)
        spaces = num_left_out + 1
        for slot, part in (('neck', self.neck), ('memory', self.memory)):
            num = len(part) if hasattr(part, '__len__') else 0
            given = f'LooC has num_left_out={num_left_out} and {num} spaces in model.{slot}'
            expect(num == spaces, given, f'{spaces}, in SpaceNecks and SpaceQueues', f'Set model.{slot}')
        self.features_from = features_from

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Score a key in the space that is blind to all, and key i in space i as well."""
        space = step.pair[1] - 1
        terms = [self.head(self.contrast(self.in_space(step, 0)))]
        if space:
            seen = self.in_space(step, space)
            contrast = self.contrast(seen)
            siblings = [key[:, None] for view, key in seen.key.items() if view != step.pair[1]]
            terms.append(self.head(replace(contrast, own=torch.cat([contrast.own, *siblings], dim=1))))
        return added(terms)

    def remember(self, key: Dict[int, Tensor], data_samples: List[DataSample]) -> None:
        """Enqueue in each space the key that belongs to it."""
        for space in range(len(self.memory)):
            self.memory[space].write(key[space + 1][..., space], data_samples)

    def features(self, images: Tensor) -> Tensor:
        """What evaluation reads, (N, C) of unit length."""
        if self.features_from == 'backbone':
            return super().features(images)
        maps = self.backbone(images)
        if self.features_from == 'hidden':
            return unit(self.neck.hidden(maps))
        return unit(self.merge(unit(self.neck(maps))))
