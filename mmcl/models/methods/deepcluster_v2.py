"""DeepCluster-v2."""

from typing import Dict, List, Sequence, Tuple

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.learners import PairLearner
from mmcl.models.learners.weighted import joined
from mmcl.models.parts import build_part
from mmcl.models.policies import Step
from mmcl.registry import MODELS
from mmcl.structures import ContrastSet, sample_idx
from mmcl.utils.errors import expect


@MODELS.register_module()
class DeepClusterV2(PairLearner):
    """DeepCluster with SwAV's improvements (Caron et al. 2020, https://arxiv.org/abs/2006.09882, appendix).

    Images are clustered before each epoch, by what they were embedded to in the last one, and each view must tell its image's cluster::

        for epoch in epochs:
            C_h, own_h = spherical k-means(bank of view h mod 2, k_h)  for h = 1 ... H      # BankClusteringHook
            for x in loader:
                z = normalize(f([t_1(x), ..., t_V(x)]))                                     # two large crops, V - 2 small ones
                loss = mean over h, v of CE(z_v @ C_h.T / temperature, own_h)               # C_h is fixed in an epoch
                bank of view i = z_i                                                        # i = 1, 2; without gradient

    The centroids are the prototypes, so nothing learns them. Every process holds the banks of all images, where the authors' code shares
    them out.

    Parts: :class:`SharedPair`, :class:`ContrastiveHead`, :class:`ClusterMemory`, :class:`ViewBanks` with ``momentum=0``.

    Args:
        clusters (dict): Config of the :class:`ClusterMemory`; k of each of the H clusterings.
        num_views (int): V, >= 2. Defaults to 8.
        code_views (sequence of int): Views whose embeddings are remembered and clustered. Defaults to (0, 1).
        **kwargs: See :class:`PairLearner`; ``pairs`` follow from the number of views.
    """

    cluster_parts = ('clusters',)  # what tells clusters, beside the networks

    def __init__(
        self, *args, clusters: dict, num_views: int = 8, code_views: Sequence[int] = (0, 1), **kwargs
    ) -> None:
        super().__init__(*args, pairs=[(view, view) for view in range(num_views)], **kwargs)
        self.clusters = build_part(clusters, 'clusters')
        self.code_views = tuple(code_views)

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Tell the clusters of the images from one view."""
        remedy = "Train with default_hooks=dict(clustering=dict(type='BankClusteringHook'))"
        expect(self.clusters.ready, 'DeepClusterV2 has no clusters', 'those of this epoch', remedy)
        anchors, index = step.query[step.pair[0]], step.sample_idx()
        known = (
            self.clusters[0].assignments[index] >= 0
        )  # the others could not be read when the banks were filled
        terms = [
            self.head(
                ContrastSet(
                    anchors[known],
                    shared=level.centroids.to(anchors.dtype),
                    target=level.assignments[index[known]],
                )
            )
            for level in self.clusters
        ]
        return joined(terms, add=False)

    def remember(self, key: Dict[int, Tensor], data_samples: List[DataSample]) -> None:
        """Remember what the images were embedded to."""
        self.memory.write([key[view] for view in self.code_views], sample_idx(data_samples))

    @torch.no_grad()
    def assign(self, images: Tensor) -> Tuple[Tensor, Tensor]:
        """The cluster of each image in each clustering, by the nearest prototype, and its cosine; (N, L) each."""
        return self.clusters.assign(self.embed(images))
