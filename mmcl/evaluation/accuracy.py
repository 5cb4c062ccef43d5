"""How often a classifier is right."""

from collections.abc import Sequence
from typing import Any

import torch

from mmcl.registry import METRICS

from .ranked import RankedMetric


@METRICS.register_module()
class ClassifierAccuracy(RankedMetric):
    """Top-1 and top-5 accuracy (percent) of the model's own scores, as ``Classifier`` gives them.

    MMPretrain's ``Accuracy`` counts what a sampler repeats twice and keeps no protocol.

    Args:
        prefix (str, optional): First part of the metrics' names. Defaults to None: 'accuracy'.
        shots (tuple[int, int], optional): See :class:`~mmcl.evaluation.ranked.RankedMetric`.
        sigma (float, optional): Likewise.
    """

    default_prefix = 'accuracy'

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Rank one batch of predictions that carry ``pred_score``, ``gt_label`` and ``sample_idx``."""
        known = self.known(data_samples)
        if known:
            self.rank(known, torch.stack([sample['pred_score'] for sample in known]))

    def compute_metrics(self, results: list) -> dict:
        """Count, and note how."""
        about = self.dataset_meta or {}
        self.protocol = dict(method="the classifier's own scores", classes=list(about.get('classes') or ()))
        self.protocol.update({key: about[key] for key in ('source', 'degraded') if key in about})
        return super().compute_metrics(results)
