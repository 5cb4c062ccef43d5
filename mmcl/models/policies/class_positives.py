"""Positives by label."""

from typing import Optional, Sequence

import torch
from torch import Tensor

from mmcl.registry import TASK_UTILS
from mmcl.structures import ClassContrastSet, ContrastSet, labels
from mmcl.utils.dist import gather
from mmcl.utils.errors import expect
from mmcl.utils.sample_random import sample_uniform

from .class_oracle import queue_labels
from .step import Step


@TASK_UTILS.register_module()
class ClassPositives:
    """The positives of an image are its other views and the candidates of its class (SupCon, https://arxiv.org/abs/2004.11362; KCL).

    ::

        for i in anchors:                                             # all 2B views
            P = {candidates p != i with label[p] == label[i]}         # its other view among them
            loss_i = -mean over p in P of log softmax_{a != i}(z_i . z_a / temperature)[p]

    It stands behind the policies that bring the candidates, e.g. ``negatives=[dict(type='BatchNegatives'), dict(type='ClassPositives')]``
    makes SimCLR SupCon, and ``[dict(type='QueueNegatives'), dict(type='ClassPositives', sources=['queue'])]`` with
    ``memory=dict(type='LabelledQueue')`` makes MoCo the queue form of it; with ``num=6`` that is KCL
    (https://openreview.net/forum?id=OqtLIabPTit, eq. 4). All candidates stay in the denominator, the positives too. An image without a
    class, and everything with ``num=0``, is as if this policy were not there. Any head for :class:`ContrastSet` takes the result.

    Args:
        sources (sequence of str): What the policies before this one bring, in their order: 'batch', 'queue'. Defaults to ('batch',).
        num (int, optional): k, the most candidates beside the own views that are positives, drawn at random without replacement, anew for
            each image and step; >= 0. None: all of the class. Defaults to None.

    Raises:
        InputError: Another source, ``num`` < 0, other candidates than ``sources`` says, or a queue without classes.
    """

    def __init__(self, sources: Sequence[str] = ('batch',), num: Optional[int] = None) -> None:
        good = len(sources) > 0 and set(sources) <= {'batch', 'queue'}
        given = f'ClassPositives has sources={sources!r}'
        expect(good, given, "a list of 'batch' and 'queue'", 'Set sources in model.negatives')
        given = f'ClassPositives has num={num}'
        expect(num is None or num >= 0, given, '0 or more, or None for all', 'Set num in model.negatives')
        self.sources, self.num = tuple(sources), num

    def __call__(self, contrast: ContrastSet, step: Step) -> ClassContrastSet:
        """Say which candidates are positives."""
        given = 'ClassPositives stands behind a policy whose positives are weighted (MixedPositives)'
        expect(contrast.offset is None, given, 'InstancePositives', 'Remove model.positives')
        views = self._other_views(step)  # (N, V - 1, D)
        candidates = self._labels(contrast, step)
        mine = labels(step.data_samples).to(candidates.device)
        hidden = torch.where(contrast.hidden >= 0, candidates[contrast.hidden.clamp(min=0)], -2)
        hidden = torch.where(hidden == mine[:, None], contrast.hidden, -1)  # of the class, but not seen
        if self.num is None:
            total, number = self._sums(contrast.shared, candidates, mine, hidden)

            def same(part: slice) -> Tensor:
                return (mine[part, None] == candidates) & (mine[part, None] >= 0)
        else:
            drawn = self._draw(candidates, mine, hidden, step)  # (N, k)
            found = drawn >= 0
            total = (contrast.shared[drawn.clamp(min=0)] * found[..., None]).sum(dim=1)
            number = found.sum(dim=1)

            def same(part: slice) -> Tensor:
                marks = torch.zeros(
                    len(mine[part]), len(candidates) + 1, dtype=torch.bool, device=mine.device
                )
                return marks.scatter_(1, drawn[part].where(found[part], len(candidates)), True)[:, :-1]

        number = views.shape[1] + number
        mean = (views.sum(dim=1) + total) / number[:, None].to(views.dtype)
        changed = dict(own=torch.cat([views, contrast.own[:, 1:]], dim=1), offset=views[:, 0] - mean)
        return ClassContrastSet(
            **{**vars(contrast), **changed}, num_own=views.shape[1], number=number, same=same
        )

    @staticmethod
    def _other_views(step: Step) -> Tensor:
        """Keys of the anchors' other views; the pair's first, which is the target."""
        anchor, key = step.pair
        rest = [view for view in sorted(step.key) if view not in (anchor, key)]
        return torch.stack([step.key[view] for view in (key, *rest)], dim=1)

    def _labels(self, contrast: ContrastSet, step: Step) -> Tensor:
        """The class of every shared candidate, int64 (M,)."""
        device = contrast.anchors.device
        everyone = step.once('labels', lambda: gather(labels(step.data_samples).to(device)))
        kept = queue_labels(step) if 'queue' in self.sources else everyone.new_empty(0)
        times, rest = divmod(len(contrast.shared) - len(kept), len(everyone))
        good = rest == 0 and (times > 0) == ('batch' in self.sources)
        expect(
            good,
            f'ClassPositives has sources={list(self.sources)} and stands behind {len(contrast.shared)} candidates',
            f'those of {" and ".join(self.sources)}, in this order',
            'Put it last in model.negatives, and set sources to what the policies before it bring',
        )
        found = dict(batch=everyone.repeat(max(times, 0)), queue=kept)
        return torch.cat([found[source] for source in self.sources])

    @staticmethod
    def _sums(shared: Tensor, candidates: Tensor, mine: Tensor, hidden: Tensor) -> tuple:
        """Sum (N, D) and number (N,) of the candidates of each anchor's class, by way of the classes' sums: nothing is N x M."""
        size = (
            int(torch.cat([candidates, mine]).max()) + 2
        )  # one more class, always empty, for the unlabelled
        known = candidates >= 0
        sums = shared.new_zeros(size, shared.shape[1]).index_add(
            0, candidates.where(known, 0), shared * known[:, None]
        )
        numbers = torch.bincount(candidates[known], minlength=size)
        row = mine.where(mine >= 0, size - 1)
        missed = shared[hidden.clamp(min=0)] * (hidden >= 0)[..., None]
        missing = (hidden >= 0).sum(dim=1)
        has_class = (mine >= 0).to(shared.dtype)[:, None]
        return (sums[row] - missed.sum(dim=1)) * has_class, (numbers[row] - missing) * (mine >= 0)

    def _draw(self, candidates: Tensor, mine: Tensor, hidden: Tensor, step: Step) -> Tensor:
        """Columns of k candidates of each anchor's class, int64 (N, k), each subset as likely; -1 where there are fewer."""
        name = f'class positives {step.pair}'
        share = step.once(name, lambda: sample_uniform(step.data_samples, name, self.num)).to(mine.device)
        order = candidates.argsort(stable=True)  # class by class
        first, last = (torch.searchsorted(candidates[order], mine, right=right) for right in (False, True))
        place = order.argsort()[hidden.clamp(min=0)] - first[:, None]  # of hidden ones within their class
        place = place.where(hidden >= 0, len(candidates)).sort(dim=1).values
        number = (last - first - (hidden >= 0).sum(dim=1)) * (mine >= 0)
        drawn = []  # Floyd's algorithm, all anchors at once
        for turn in range(self.num):
            top = (
                number - number.clamp(max=self.num) + turn
            )  # where all that are left have been drawn: top >= number
            pick = (share[:, turn] * (top + 1)).long().clamp(max=top)
            repeated = torch.stack([pick == earlier for earlier in drawn]).any(dim=0) if drawn else pick < 0
            drawn.append(torch.where(top < number, torch.where(repeated, top, pick), -1))
        drawn = torch.stack(drawn, dim=1) if drawn else mine.new_empty(len(mine), 0)
        found = drawn >= 0
        for column in range(place.shape[1]):  # step over what is hidden, from the front
            drawn = drawn + ((drawn >= place[:, column, None]) & found)
        columns = order[(first[:, None] + drawn).clamp(0, max(len(order) - 1, 0))]
        return columns.where(found, -1)
