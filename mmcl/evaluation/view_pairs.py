"""Metrics of the embeddings of two views of each held-out image."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmengine.evaluator import BaseMetric
from torch import Tensor

from mmcl.models.losses import alignment, uniformity
from mmcl.registry import METRICS


class ViewPairMetric(BaseMetric):
    """What can be said of N pairs of embeddings; ``ViewPairHook`` hands them over before each evaluation.

    Every process holds all pairs and computes the same. Without pairs the metric reports nothing.

    Args:
        prefix (str, optional): First part of the metrics' names. Defaults to None: 'views'.
    """

    default_prefix = 'views'

    def __init__(self, prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
        self.pair = None
        self.protocol = {}

    def set_pair(self, first: Tensor, second: Tensor, **protocol: Any) -> None:
        """Take the embeddings.

        Args:
            first (Tensor): Of one view of each image, float32 (N, D), of any length.
            second (Tensor): Of another view of the same images, (N, D).
            protocol: What a reader needs to repeat the numbers (layer, views, ...).
        """
        self.pair = F.normalize(first, dim=1), F.normalize(second, dim=1)
        self.protocol = {self.prefix: dict(num_images=len(first), **self.settings(), **protocol)}

    def settings(self) -> dict[str, Any]:
        """The metric's own part of the protocol."""
        return {}

    @abstractmethod
    def compute(self, first: Tensor, second: Tensor) -> dict[str, float]:
        """The numbers, from unit-length embeddings (N, D)."""

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """The batches of the evaluation's plain view are of no use here."""

    def compute_metrics(self, results: list) -> dict:
        """Unused, for MMEngine's signature."""
        return {}

    @torch.no_grad()
    def evaluate(self, size: int) -> dict:
        """Compute; the pairs are forgotten, since those of another epoch must not count again."""
        if self.pair is None:
            return {}
        numbers, self.pair = self.compute(*self.pair), None
        return {f'{self.prefix}/{name}': float(value) for name, value in numbers.items()}


@METRICS.register_module()
class AlignUniformMetric(ViewPairMetric):
    """Alignment of both views and uniformity of the first (Wang and Isola 2020, https://arxiv.org/abs/2005.10242, section 4.1).

    Lower is better for both; alignment is in [0, 2 ** alpha], uniformity at most 0, which means collapse. Values for another ``alpha``,
    ``t``, layer or width are not comparable.

    Args:
        alpha (float): Power of the distance, > 0. Defaults to 2.
        t (float): Sharpness of the Gaussian potential, > 0. Defaults to 2.
        prefix (str, optional): Defaults to None: 'views'.
    """

    def __init__(self, alpha: float = 2.0, t: float = 2.0, prefix: str | None = None) -> None:
        super().__init__(prefix)
        self.alpha, self.t = alpha, t

    def settings(self) -> dict[str, Any]:
        """``alpha`` and ``t``."""
        return dict(alpha=self.alpha, t=self.t)

    def compute(self, first: Tensor, second: Tensor) -> dict[str, float]:
        """``alignment`` and ``uniformity``."""
        return dict(
            alignment=alignment(first, second, self.alpha).item(), uniformity=uniformity(first, self.t).item()
        )
