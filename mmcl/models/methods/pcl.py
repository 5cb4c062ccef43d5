"""PCL."""

from typing import Dict, List, Optional, Tuple

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.learners.weighted import joined
from mmcl.models.parts import build_part
from mmcl.models.policies import columns, other_prototypes, own_contrast
from mmcl.registry import MODELS
from mmcl.structures import ClusterResult, ContrastSet, sample_idx
from mmcl.utils.dist import gather, rank

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
        num_negatives (int, optional): Prototypes drawn as negatives, r, of clusters that no image of the step belongs to. All are taken
            where there are not that many, or with None. Defaults to 16384.
        own_only (bool): An image sees no other prototype of the step than its own: the paper's form (eq. 11), one positive against r
            negatives. The authors' code takes the prototypes of the step's other images as negatives too. Defaults to False.
        hide_duplicates (bool): Hide the columns in which another image of the step has the anchor's own prototype; the authors' code
            counts them as negatives. With ``own_only`` there are none. Defaults to False.
        **kwargs: See :class:`MoCo`.
    """

    cluster_parts = ('clusters',)  # what tells clusters, beside the networks

    def __init__(
        self,
        *args,
        clusters: dict,
        proto_head: dict,
        num_negatives: Optional[int] = 16384,
        own_only: bool = False,
        hide_duplicates: bool = False,
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.clusters = build_part(clusters, 'clusters')
        self.proto_head = build_part(proto_head, 'proto_head')
        self.num_negatives, self.own_only, self.hide_duplicates = num_negatives, own_only, hide_duplicates

    def extra_losses(
        self, query: Dict[int, Tensor], key: Dict[int, Tensor], data_samples: List[DataSample]
    ) -> Dict[str, Tensor]:
        """The prototype term, once there are clusters."""
        if not self.clusters.ready:
            return {}
        view = self.pairs[0][0]
        term = self.prototype_term(query[view], sample_idx(data_samples).to(query[view].device), view)
        if not term:
            return {}
        chance = term['chance'].clamp(min=1e-12)  # 0 where the step's images have all clusters between them
        return dict(loss_proto=term['loss'], proto_vs_chance=term['loss'].detach() / chance)

    def prototype_term(self, anchors: Tensor, index: Tensor, view: int) -> Dict[str, Tensor]:
        """Mean over clusterings for queries (N, D) of one view of images ``index`` (N,); empty where none of them has a cluster."""
        sets = [
            self.prototype_contrast(level, anchors, index, i, view) for i, level in enumerate(self.clusters)
        ]
        terms = [self.proto_head(contrast) for contrast in sets if len(contrast.anchors)]
        return joined(terms, add=False) if terms else {}

    def prototype_contrast(
        self, level: ClusterResult, anchors: Tensor, index: Tensor, number: int, view: int = 0
    ) -> ContrastSet:
        """Queries (N, D) against the centroids of clustering ``number``, at each cluster's own temperature."""
        own = gather(level.assignments[index])  # (W * N,): the prototypes of the whole step come first
        mine = slice(rank() * len(index), (rank() + 1) * len(index))
        known = own >= 0  # an image that could not be read when clustering has no prototype and takes no part
        others = other_prototypes(level, own[known], self.num_negatives, f'prototypes {number}')
        anchors, index, own_here = anchors[known[mine]], index[known[mine]], own[mine][known[mine]]
        if self.own_only:
            hidden = self.hidden_prototypes(number, own_here, index, view)
            hidden = None if hidden is None else columns(hidden[:, others])
            return own_contrast(level, anchors, own_here, others, hidden)
        target, own = (known.cumsum(0) - 1)[mine][known[mine]], own[known]
        hidden = None
        if self.hide_duplicates:
            positions = torch.arange(len(own), device=own.device)
            duplicate = (own_here[:, None] == own) & (positions != target[:, None])  # (N, W * N)
            hidden = torch.where(duplicate, positions, -1)
        both = torch.cat([own, others])
        shared = level.centroids[both].to(anchors.dtype)
        return ContrastSet(
            anchors, shared=shared, target=target, hidden=hidden, temperature=level.density[both]
        )

    def hidden_prototypes(self, number: int, own: Tensor, index: Tensor, view: int) -> Optional[Tensor]:
        """Which of a clustering's k prototypes an image does not see, bool (N, k); None for none."""
        return None

    @torch.no_grad()
    def assign(self, images: Tensor) -> Tuple[Tensor, Tensor]:
        """The cluster of each image in each clustering, by the nearest prototype, and its cosine; (N, L) each."""
        return self.clusters.assign(self.embed(images))
