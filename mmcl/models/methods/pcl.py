"""PCL."""

from typing import Dict, List

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.parts import build_part
from mmcl.registry import MODELS
from mmcl.structures import ClusterResult, ContrastSet, sample_idx
from mmcl.utils.dist import gather, rank
from mmcl.utils.step_random import step_generator

from .moco import MoCo


@MODELS.register_module()
class PCL(MoCo):
    """Prototypical contrastive learning (Li et al. 2020, https://arxiv.org/abs/2005.04966, algorithm 1).

    MoCo plus a second contrast: each query must also find the centroid of its cluster, for several clusterings at once::

        for epoch in epochs:
            clusterings = [k-means(f_k(x) of all images, k) for k in num_clusters]          # ClusteringHook
            for x in loader:
                loss = MoCo's + mean over clusterings of CE(q @ C[own, others].T / phi[own, others], own)

    Before the first clustering (the paper's warm-up) PCL is MoCo.

    Args:
        clusters (dict): Config of the :class:`ClusterMemory`.
        proto_head (dict): Config of the head for prototypes; its temperature is replaced by each cluster's phi.
        num_negatives (int): Prototypes drawn as negatives, r, besides those of the other images of the step (as the authors'
            code does). All others are taken where there are not that many. Defaults to 16384.
        hide_duplicates (bool): Hide the columns in which another image of the step has the anchor's own prototype; the authors' code
            counts them as negatives. Defaults to False.
        **kwargs: See :class:`MoCo`.
    """

    def __init__(
        self,
        *args,
        clusters: dict,
        proto_head: dict,
        num_negatives: int = 16384,
        hide_duplicates: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.clusters = build_part(clusters, 'clusters')
        self.proto_head = build_part(proto_head, 'proto_head')
        self.num_negatives = num_negatives
        self.hide_duplicates = hide_duplicates

    def extra_losses(
        self, query: Dict[int, Tensor], key: Dict[int, Tensor], data_samples: List[DataSample]
    ) -> Dict[str, Tensor]:
        """The prototype term, once there are clusters."""
        if not self.clusters.ready:
            return {}
        anchors, index = query[self.pairs[0][0]], sample_idx(data_samples).to(key[self.pairs[0][1]].device)
        sets = [self.prototype_contrast(level, anchors, index, i) for i, level in enumerate(self.clusters)]
        terms = [self.proto_head(contrast) for contrast in sets if len(contrast.anchors)]
        if not terms:
            return {}
        mean = {name: torch.stack([term[name] for term in terms]).mean() for name in ('loss', 'chance')}
        return dict(loss_proto=mean['loss'], proto_vs_chance=mean['loss'].detach() / mean['chance'])

    def prototype_contrast(
        self, level: ClusterResult, anchors: Tensor, index: Tensor, number: int
    ) -> ContrastSet:
        """Queries (N, D) of images ``index`` (N,) against one clustering's centroids, at each cluster's own temperature."""
        own = gather(level.assignments[index])  # (W * N,): the prototypes of the whole step come first
        mine = slice(rank() * len(index), (rank() + 1) * len(index))
        known = own >= 0  # an image that could not be read when clustering has no prototype and takes no part
        target = (known.cumsum(0) - 1)[mine][known[mine]]
        anchors, own = anchors[known[mine]], own[known]
        others = torch.ones(len(level.centroids), dtype=torch.bool, device=own.device)
        others[own] = False
        others = others.nonzero()[:, 0]  # (k - used,)
        if len(others) > self.num_negatives:
            drawn = torch.randperm(len(others), generator=step_generator(f'prototypes {number}'))[
                : self.num_negatives
            ]
            others = others[drawn.to(others.device)]
        columns = torch.cat([own, others])
        hidden = None
        if self.hide_duplicates:
            positions = torch.arange(len(own), device=own.device)
            duplicate = (own[target][:, None] == own) & (positions != target[:, None])  # (N, W * N)
            hidden = torch.where(duplicate, positions, -1)
        return ContrastSet(
            anchors,
            shared=level.centroids[columns].to(anchors.dtype),
            target=target,
            hidden=hidden,
            temperature=level.density[columns],
        )
