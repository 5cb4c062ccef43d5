"""How well queries find their identity in a gallery."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from torch import Tensor

from mmcl.registry import METRICS

from .ranked import take_gathered

_RANKS = (1, 5, 10)


def reid_scores(
    features: Tensor, identities: np.ndarray, cameras: np.ndarray, is_query: np.ndarray
) -> dict[str, float]:
    """Mean average precision and cumulative matching of a re-identification set, by Market-1501's rules.

    Pictures of the query's identity by the query's own camera are left out of its gallery; a query without another picture does not count.

    Args:
        features (Tensor): Float (N, D), compared by their distance.
        identities (ndarray): int64 (N,).
        cameras (ndarray): int64 (N,).
        is_query (ndarray): bool (N,); the others are the gallery.

    Returns:
        dict[str, float]: Percent: ``mAP``; ``rank1``, ``rank5``, ``rank10``, the share of queries with a hit among so many. Empty where no
        query has a picture to find.
    """
    from sklearn.metrics import average_precision_score

    queries, gallery = np.flatnonzero(is_query), np.flatnonzero(~is_query)
    precisions, firsts = [], []
    for part in np.array_split(queries, max(len(queries) // 256, 1)):
        scores = -torch.cdist(features[part], features[gallery]).double().numpy()
        for query, row in zip(part, scores):
            same = identities[gallery] == identities[query]
            other = ~(same & (cameras[gallery] == cameras[query]))
            hits, row = same[other], row[other]
            if not hits.any():
                continue
            precisions.append(average_precision_score(hits, row))
            firsts.append(np.argmax(hits[np.argsort(-row, kind='stable')]))
    if not precisions:
        return {}
    found = {'mAP': 100 * float(np.mean(precisions))}
    found.update({f'rank{k}': 100 * float(np.mean(np.array(firsts) < k)) for k in _RANKS})
    return found


@METRICS.register_module()
class ReIDMetric(BaseMetric):
    """:func:`reid_scores` of the evaluation's images.

    Their samples carry ``embedding`` (else ``feature``), ``gt_label``, ``camera`` and ``is_query``.

    Args:
        prefix (str, optional): First part of the metrics' names. Defaults to None: 'reid'.
    """

    default_prefix = 'reid'

    def __init__(self, prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        self.protocol = {}

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Note one batch."""
        self.results += [
            (
                int(sample['sample_idx']),
                int(sample['gt_label']),
                sample['camera'],
                sample['is_query'],
                sample.get('embedding', sample['feature']).float().cpu(),
            )
            for sample in data_samples
            if 'camera' in sample and 'gt_label' in sample
        ]

    def compute_metrics(self, results: list) -> dict:
        """Score the rows, an image once."""
        rows = [row for _, *row in sorted({row[0]: row for row in results}.values(), key=lambda row: row[0])]
        identities, cameras, is_query, features = zip(*rows)
        self.protocol = {self.prefix: dict(num_queries=sum(is_query), num_gallery=len(rows) - sum(is_query))}
        return reid_scores(torch.stack(features), np.array(identities), np.array(cameras), np.array(is_query))

    def evaluate(self, size: int) -> dict:
        """Gather the images of all processes and score them; repeats go by index, so ``size`` is not needed."""
        results = take_gathered(self.results)
        found = self.compute_metrics(results) if results else {}
        if not found:
            print_log(f'{self.prefix}: no query with a picture to find, so no score.', logger='current')
        return {f'{self.prefix}/{name}': value for name, value in found.items()}
