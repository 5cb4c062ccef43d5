"""What labels would say of the negatives."""

import dataclasses

import torch
from torch import Tensor

from mmcl.registry import TASK_UTILS
from mmcl.structures import ContrastSet, labels
from mmcl.utils.errors import expect

from .selection import columns
from .step import Step


@TASK_UTILS.register_module()
class ClassOracle:
    """Hides the queue's keys that have the anchor's class: no false negatives (MoCHi's oracle, https://arxiv.org/abs/2010.01028).

    For analysis: how much do false negatives cost? It stands behind QueueNegatives, and before MixedHardNegatives, which then mixes none
    of them. It needs ``memory=dict(type='LabelledQueue')`` and a labelled dataset; an anchor or a key without a class stays as it is.

    Raises:
        InputError: The shared candidates are not the queue alone, or it keeps no classes.
    """

    def __call__(self, contrast: ContrastSet, step: Step) -> ContrastSet:
        """Hide them."""
        same = same_class(step)
        expect(
            same.shape[1] == len(contrast.shared),
            f'ClassOracle was given {len(contrast.shared)} shared candidates for a queue of {same.shape[1]}',
            'those of the queue alone',
            'Put it right behind QueueNegatives in model.negatives, before what brings others',
        )
        return dataclasses.replace(contrast, hidden=torch.cat([contrast.hidden, columns(same)], dim=1))


def queue_labels(step: Step) -> Tensor:
    """The class of every key of the queue, int64 (K,).

    Raises:
        InputError: The memory keeps no classes.
    """
    kept = getattr(step.memory, 'labels', None)
    remedy = "Set model.memory to dict(type='LabelledQueue', ...)"
    given = f'model.memory is {type(step.memory).__name__}, which keeps no classes'
    expect(kept is not None, given, 'a LabelledQueue', remedy)
    return kept


@torch.no_grad()
def same_class(step: Step) -> Tensor:
    """Which keys of the queue have the class of which image, bool (N, K)."""
    kept = queue_labels(step)
    mine = labels(step.data_samples).to(kept.device)[:, None]
    return (mine == kept) & (mine >= 0)
