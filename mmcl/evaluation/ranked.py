"""What metrics of classification share: counting ranked classes, an image once, over all processes."""

from collections.abc import Sequence

from mmengine.dist import all_gather_object
from mmengine.evaluator import BaseMetric
from mmengine.logging import print_log
from torch import Tensor


class RankedMetric(BaseMetric):
    """Top-1 and, with five classes or more, top-5 accuracy in percent; an image that a sampler repeats counts once.

    Subclasses call :meth:`rank` in ``process`` and keep ``protocol``, what a reader needs to repeat the number.

    Args:
        prefix (str, optional): First part of the metrics' names. Defaults to None: the subclass's.
    """

    def __init__(self, prefix: str | None = None) -> None:
        super().__init__(prefix=prefix)
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
        return metrics

    def evaluate(self, size: int) -> dict:
        """Gather the predictions of all processes and count; ``size`` is not needed, repeats go by index.

        Returns:
            dict: ``<prefix>/top1`` and, with five classes or more, ``<prefix>/top5``; empty without labels.
        """
        # The base class gathers through files of a shared folder, which nodes of a cluster may not have.
        results = [row for part in all_gather_object(self.results) for row in part]
        self.results.clear()
        if not results:
            print_log(f'{self.prefix}: no labelled image to classify, so no accuracy.', logger='current')
            return {}
        return {f'{self.prefix}/{name}': value for name, value in self.compute_metrics(results).items()}
