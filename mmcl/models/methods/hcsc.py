"""HCSC."""

from dataclasses import replace
from typing import Dict, List, Optional

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.learners.weighted import joined
from mmcl.models.policies import Step, columns, drop, keep_instances, keep_prototypes
from mmcl.registry import MODELS
from mmcl.structures import sample_idx
from mmcl.utils.errors import expect

from .pcl import PCL


@MODELS.register_module()
class HCSC(PCL):
    """Hierarchical contrastive selective coding (Guo et al. 2022, https://arxiv.org/abs/2202.00455).

    Prototypes form a tree, and a negative that probably belongs where the image belongs is dropped by a draw. Instance-wise, at each level,
    those are keys of the image's own cluster; prototype-wise, prototypes with the image's own parent cluster::

        for epoch in epochs:
            C[0] = k-means(f_k(x) of all images);  C[l] = k-means(C[l - 1])                     # ClusteringHook, ClusterTree
            for x in loader:
                keep = bernoulli(1 - p(own[l] | queue))                                         # for each level l
                instance = sum over l of CE([q . k, q @ queue[keep].T] / temperature, 0)
                keep = bernoulli(1 - p(parent of own[l] | C[l]))                                # all of the last level
                prototype = mean over l of CE([q . C[l][own], q @ C[l][keep].T] / phi, 0)       # none of the step's other images'
                loss = instance + prototype

    Before the first clustering HCSC is MoCo. With multi-crop (``pairs=[(0, 1), (2, 1), (3, 1) ...]``) further crops are queries for the
    same key, and their terms are added. What is dropped leaves the softmax, as the paper says; the authors' code leaves a logit of 0 in its
    place: ``head=dict(type='ZeroMaskHead')``, and ``proto_head`` too. Their code never takes the last prototype as a negative; here
    all are. Prototypes of the images of all processes are left out, not only of this one's.

    Args:
        select_instances (bool): Drop keys; without, the instance term is MoCo's, once. Defaults to True.
        select_prototypes (bool): Drop prototypes. Defaults to True.
        select_local (bool): Drop keys for the further crops too, as in the authors' multi-crop configs. Defaults to True.
        mean_levels (bool): The instance term is the mean over levels, as the paper says, in place of their sum, as in the authors' code.
            Defaults to False.
        num_negatives (int, optional): Prototypes drawn before the selection. Defaults to None: all.
        **kwargs: See :class:`PCL`; ``clusters`` is a :class:`ClusterTree`.

    Raises:
        InputError: ``clusters`` is no tree, or there are negatives beside the queue's.
    """

    def __init__(
        self,
        *args,
        select_instances: bool = True,
        select_prototypes: bool = True,
        select_local: bool = True,
        mean_levels: bool = False,
        num_negatives: Optional[int] = None,
        **kwargs,
    ) -> None:
        super().__init__(*args, num_negatives=num_negatives, own_only=True, **kwargs)
        given = f'model.clusters is a {type(self.clusters).__name__}'
        remedy = "Set model.clusters.type='ClusterTree'"
        expect(self.clusters.hierarchical, given, 'a tree of clusters', remedy)
        self.select_instances, self.select_prototypes = select_instances, select_prototypes
        self.select_local, self.mean_levels = select_local, mean_levels

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Find the key among the queue's keys that are kept, once a level."""
        contrast, local = self.contrast(step), step.pair != self.pairs[0]
        if not self.clusters.ready or not self.select_instances or (local and not self.select_local):
            return self.head(contrast)
        given = f'HCSC was given {len(contrast.shared)} shared candidates for a queue of {len(step.memory)}'
        remedy = "Set model.negatives=dict(type='QueueNegatives')"
        expect(len(contrast.shared) == len(step.memory), given, 'those of the queue alone', remedy)
        dropped = step.once('dropped keys', lambda: self._dropped_keys(step))
        sets = [replace(contrast, hidden=torch.cat([contrast.hidden, keys], dim=1)) for keys in dropped]
        return joined([self.head(each) for each in sets], add=not self.mean_levels)

    def _dropped_keys(self, step: Step) -> List[Tensor]:
        queue, index = step.memory.read(), step.sample_idx()
        keep = [keep_instances(queue, level, level.assignments[index]) for level in self.clusters]
        return [columns(drop(each, index, f'keys {i}')) for i, each in enumerate(keep)]

    def extra_losses(
        self, query: Dict[int, Tensor], key: Dict[int, Tensor], data_samples: List[DataSample]
    ) -> Dict[str, Tensor]:
        """The prototype terms of the query and, added up, of the further crops."""
        losses = super().extra_losses(query, key, data_samples)
        local = [view for view in query if view != self.pairs[0][0]]
        if losses and local:
            index = sample_idx(data_samples).to(query[local[0]].device)
            terms = [self.prototype_term(query[view], index, view)['loss'] for view in local]
            losses['loss_proto_local'] = torch.stack(terms).sum()
        return losses

    def hidden_prototypes(self, number: int, own: Tensor, index: Tensor, view: int) -> Optional[Tensor]:
        """Those dropped, of a level that has another above it."""
        if not self.select_prototypes or number == len(self.clusters) - 1:
            return None
        lower, upper = self.clusters[number], self.clusters[number + 1]
        keep = self.clusters.once(
            ('keep', number), lambda: keep_prototypes(lower, upper, self.head.temperature)
        )
        return drop(keep[lower.parents[own]], index, f'prototypes {number} of {view}')
