"""How well clusters agree with classes."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmengine.evaluator import BaseMetric
from torch import Tensor

from mmcl.registry import METRICS


def agreement(clusters: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """Compare two partitions of the same images; every number is in percent, and 100 says that they are one.

    Args:
        clusters (ndarray): int (N,); which numbers they have does not matter.
        labels (ndarray): Classes, int (N,).

    Returns:
        dict: ``nmi`` and ``ami``, normalised mutual information (by the arithmetic mean of the entropies), and that above chance; ``ari``,
        the adjusted Rand index; ``acc``, the share of images whose cluster is matched with their class, under the best matching of
        clusters with classes, one to one (so it is low where there are many more clusters than classes). Adjusted ones are about 0
        for random clusters, and may be below it.
    """
    from scipy.optimize import linear_sum_assignment  # loaded where needed: it takes a second
    from sklearn import metrics

    table = metrics.cluster.contingency_matrix(labels, clusters)
    matched = table[linear_sum_assignment(table, maximize=True)].sum()
    values = dict(
        nmi=metrics.normalized_mutual_info_score(labels, clusters),
        ami=metrics.adjusted_mutual_info_score(labels, clusters),
        ari=metrics.adjusted_rand_score(labels, clusters),
        acc=matched / len(labels),
    )
    return {name: 100.0 * float(value) for name, value in values.items()}


@METRICS.register_module()
class ClusterMetric(BaseMetric):
    """:func:`agreement` of each of a method's clusterings with the classes of the evaluation's images.

    ``ClusterAssignmentHook`` hands the clusters before each evaluation; without, or without labels, the metric reports nothing. With one
    clustering the names are ``cluster/nmi`` and so on, with several ``cluster/nmi_0``, in their order in the config.

    Args:
        prefix (str, optional): First part of the metrics' names. Defaults to None: 'cluster'.
    """

    default_prefix = 'cluster'

    def __init__(self, prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        self.protocol = {}
        self._given = None

    def set_clusters(self, clusters: Tensor | None, labels: Tensor | None = None) -> None:
        """Take what is compared.

        Args:
            clusters (Tensor, optional): int64 (N, L), a column for each of L clusterings; None takes the last ones back.
            labels (Tensor): Classes, int64 (N,); -1 where unknown, and then left out.
        """
        self._given = None
        if clusters is not None and bool((labels >= 0).any()):
            known = labels >= 0
            self._given = clusters[known].cpu().numpy(), labels[known].cpu().numpy()

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Nothing: the hook has seen all images."""

    def compute_metrics(self, results: list) -> dict:
        """Not used; see :meth:`evaluate`."""
        return {}

    def evaluate(self, size: int) -> dict:
        """Compare; every process has all clusters, so nothing is gathered."""
        if self._given is None:
            return {}
        clusters, labels = self._given
        found = {}
        for number, column in enumerate(clusters.T):
            suffix = f'_{number}' if clusters.shape[1] > 1 else ''
            for name, value in agreement(column, labels).items():
                found[f'{self.prefix}/{name}{suffix}'] = value
        self.protocol = dict(
            clusters='nearest prototype, or likeliest expert, of plain images',
            clusters_used=[len(np.unique(column)) for column in clusters.T],
            cluster_images=len(labels),
        )
        return found
