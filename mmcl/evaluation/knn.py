"""Weighted k-nearest-neighbour classification of frozen features."""

import logging
import math
from collections.abc import Sequence
from typing import Any

import torch
from mmengine.logging import print_log
from torch import Tensor

from mmcl.registry import METRICS

from .ranked import RankedMetric

_TILE = 1 << 23  # similarities held at once (32 MiB)


def weighted_knn(
    bank: Tensor,
    bank_labels: Tensor,
    queries: Tensor,
    k: int = 200,
    temperature: float = 0.1,
    num_classes: int | None = None,
) -> Tensor:
    """Score classes by votes of the k most similar bank rows, each vote weighing exp(sim / temperature).

    The protocol of NPID (https://arxiv.org/abs/1805.01978, section 3.4).

    Args:
        bank (Tensor): Unit-length features with a known class, (M, D).
        bank_labels (Tensor): Their classes, int64 (M,), each in [0, num_classes).
        queries (Tensor): Unit-length features to classify, (N, D).
        k (int): Neighbours that vote, >= 1; at most M of them exist.
        temperature (float): Divides the cosine, > 0.
        num_classes (int, optional): Defaults to None: the largest bank label + 1.

    Returns:
        Tensor: Share of the votes of each class, float32 (N, num_classes); each row sums to 1.
    """
    if num_classes is None:
        num_classes = int(bank_labels.max()) + 1
    k = min(k, len(bank))
    scores = queries.new_zeros(len(queries), num_classes, dtype=torch.float32)
    step = max(1, _TILE // len(bank))
    for part, out in zip(queries.split(step), scores.split(step)):
        sim, neighbours = (part.float() @ bank.float().t()).topk(k)  # (n, k)
        # A softmax over the neighbours: the same shares as exp(sim / T), without its overflow at small T.
        out.scatter_add_(1, bank_labels[neighbours], (sim / temperature).softmax(1))
    return scores


@METRICS.register_module()
class KNNMetric(RankedMetric):
    """Top-1 and top-5 accuracy (percent) of :func:`weighted_knn` on backbone features.

    ``KNNHook`` hands the bank before each evaluation; without one the metric reports nothing. Each process
    classifies its own images, and only the predictions are gathered. An image that a sampler repeats counts
    once.

    Args:
        k (int): Neighbours that vote, >= 1. Defaults to 200.
        temperature (float): Divides the cosine, > 0. Defaults to 0.1.
        prefix (str, optional): First part of the metrics' names. Defaults to None: 'knn'.
        shots (tuple[int, int], optional): See :class:`~mmcl.evaluation.ranked.RankedMetric`.
        sigma (float, optional): Likewise.

    Raises:
        ValueError: ``k`` < 1 or ``temperature`` <= 0.
    """

    default_prefix = 'knn'

    def __init__(
        self,
        k: int = 200,
        temperature: float = 0.1,
        prefix: str | None = None,
        shots: Sequence[int] | None = None,
        sigma: float | None = None,
    ) -> None:
        super().__init__(prefix, shots, sigma)
        if k < 1:
            raise ValueError(f'k must be at least 1, got {k}.')
        if not (temperature > 0 and math.isfinite(temperature)):
            raise ValueError(f'temperature must be above 0, got {temperature}.')
        self.k = k
        self.temperature = temperature
        self.bank = None

    def set_bank(self, features: Tensor, labels: Tensor, **protocol: Any) -> None:
        """Take the features that vote.

        Args:
            features (Tensor): Unit-length features, float32 (M, D).
            labels (Tensor): Their classes, int64 (M,), all >= 0.
            protocol: What else a reader needs to repeat the number (view, layer, ...).
        """
        classes = (self.dataset_meta or {}).get('classes') or ()
        self.num_classes = max(int(labels.max()) + 1, len(classes))
        if self.bank is None and self.k > len(features):
            few = f'kNN: k={self.k}, but the bank holds {len(features)} images, so all of them vote.'
            print_log(few, 'current', logging.WARNING)
        self.bank, self.bank_labels = features, labels
        self.protocol = dict(
            method='weighted kNN on unit-length features, votes exp(similarity / temperature)',
            k=min(self.k, len(features)),
            temperature=self.temperature,
            bank_size=len(features),
            num_classes=self.num_classes,
            classes=list(classes),
            **protocol,
        )

    def clear_bank(self) -> None:
        """Forget the bank: the features of another epoch must not vote."""
        self.bank = None
        self.protocol = {}

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Classify one batch of predictions that carry ``feature``, ``gt_label`` and ``sample_idx``."""
        known = self.known(data_samples)
        if self.bank is None or not known:
            return
        queries = torch.stack([sample['feature'] for sample in known])
        self.bank, self.bank_labels = self.bank.to(queries.device), self.bank_labels.to(queries.device)
        self.rank(
            known,
            weighted_knn(self.bank, self.bank_labels, queries, self.k, self.temperature, self.num_classes),
        )

    def evaluate(self, size: int) -> dict:
        """As every :class:`~mmcl.evaluation.ranked.RankedMetric`; empty without a bank."""
        return super().evaluate(size) if self.bank is not None else {}
