"""What metrics of classification share: counting ranked classes, an image once, over all processes."""

from collections.abc import Sequence

import numpy as np
from mmengine.dist import all_gather_object
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from torch import Tensor

from mmcl.utils.errors import expect

from .shots import balancedness, class_accuracies, shot_accuracies


def take_gathered(rows: list) -> list:
    """The rows that the metrics of all processes have noted; this one's are emptied.

    The base class gathers through files of a shared folder, which nodes of a cluster may not have.
    """
    gathered = [row for part in all_gather_object(rows) for row in part]
    rows.clear()
    return gathered


class RankedMetric(BaseMetric):
    """Top-1 and, with five classes or more, top-5 accuracy in percent; an image that a sampler repeats counts once.

    Subclasses call :meth:`rank` in ``process`` and keep ``protocol``, what a reader needs to repeat the number.

    Args:
        prefix (str, optional): First part of the metrics' names. Defaults to None: the subclass's.
        shots (tuple[int, int], optional): The most training images of a few-shot and of a medium-shot class; adds the mean accuracies
            ``many``, ``medium`` and ``few`` of the classes of each kind, see :func:`~mmcl.evaluation.shots.shot_accuracies`.
            ``ClassCountHook`` tells how many images there are. Defaults to None: not reported.
        sigma (float, optional): Adds ``balancedness`` at this scale, in percent, see :func:`~mmcl.evaluation.shots.balancedness`. Defaults
            to None: not reported.

    Raises:
        InputError: ``shots`` are not two rising numbers, ``sigma`` <= 0, or ``shots`` without ClassCountHook.
    """

    class_counts: np.ndarray | None = None  # training images of each class

    def __init__(
        self, prefix: str | None = None, shots: Sequence[int] | None = None, sigma: float | None = None
    ) -> None:
        super().__init__(prefix=prefix)
        name = type(self).__name__
        good = shots is None or (len(shots) == 2 and 0 < shots[0] < shots[1])
        expect(good, f'{name} has shots={shots}', 'two rising numbers', 'Set shots, e.g. (20, 100)')
        expect(
            sigma is None or sigma > 0, f'{name} has sigma={sigma}', 'a number above 0', 'Set sigma, e.g. 100'
        )
        self.shots, self.sigma = shots, sigma
        self.protocol = {}

    @staticmethod
    def known(data_samples: Sequence[dict]) -> list[dict]:
        """The samples whose class is known."""
        return [sample for sample in data_samples if int(sample.get('gt_label', -1)) >= 0]

    def rank(self, data_samples: Sequence[dict], scores: Tensor) -> None:
        """Note the classes with the highest scores, (N, K), of N labelled samples."""
        ranked = scores.topk(min(5, scores.shape[1])).indices.tolist()
        self.results += [
            (int(sample['sample_idx']), int(sample['gt_label']), classes)
            for sample, classes in zip(data_samples, ranked)
        ]

    def compute_metrics(self, results: list) -> dict:
        """Count the hits of (sample_idx, label, ranked classes) rows, an image once."""
        rows = {index: (label, classes) for index, label, classes in results}
        self.protocol['num_queries'] = len(rows)
        top1 = sum(label == classes[0] for label, classes in rows.values())
        metrics = {'top1': 100.0 * top1 / len(rows)}
        if all(len(classes) >= 5 for _, classes in rows.values()):
            metrics['top5'] = 100.0 * sum(label in classes for label, classes in rows.values()) / len(rows)
        if self.shots is not None or self.sigma is not None:
            metrics.update(self._by_class(rows))
        return metrics

    def _by_class(self, rows: dict) -> dict:
        """What counts classes instead of images."""
        labels = np.array([label for label, _ in rows.values()])
        right = np.array([label == classes[0] for label, classes in rows.values()])
        accuracies = class_accuracies(labels, right)  # NaN for a class without images
        metrics = {}
        if self.shots is not None:
            remedy = "Add dict(type='ClassCountHook') to custom_hooks"
            given = f'{type(self).__name__} has shots={tuple(self.shots)} and knows of no training images'
            expect(
                self.class_counts is not None, given, 'the number of training images of each class', remedy
            )
            metrics.update(shot_accuracies(accuracies, self.class_counts, *self.shots))
            self.protocol.update(shots=list(self.shots), class_counts=self.class_counts.tolist())
        if self.sigma is not None:
            metrics['balancedness'] = balancedness(accuracies, self.sigma)
            self.protocol['sigma'] = self.sigma
        return metrics

    def evaluate(self, size: int) -> dict:
        """Gather the predictions of all processes and count; ``size`` is not needed, repeats go by index.

        Returns:
            dict: ``<prefix>/top1`` and, with five classes or more, ``<prefix>/top5``; empty without labels.
        """
        results = take_gathered(self.results)
        if not results:
            print_log(f'{self.prefix}: no labelled image to classify, so no accuracy.', logger='current')
            return {}
        return {f'{self.prefix}/{name}': value for name, value in self.compute_metrics(results).items()}
