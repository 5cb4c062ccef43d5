"""Tells metrics how many training images each class has."""

import numpy as np
from mmengine.runner import Runner
from mmengine.runner.base_loop import BaseLoop

from mmcl.evaluation.ranked import RankedMetric
from mmcl.registry import DATASETS, HOOKS

from .evaluation_feed import EvaluationFeed
from .knn_hook import training_set


@HOOKS.register_module()
class ClassCountHook(EvaluationFeed):
    """Before an evaluation, count the training images of each class for the metrics that have ``shots``.

    Counted are the images of the training set, whatever its sampler makes of them. They are counted once.
    """

    metric, missing = RankedMetric, 'accuracy'

    def __init__(self) -> None:
        self._counts = None

    def feed(self, runner: Runner, loop: BaseLoop, metrics: list) -> None:
        """Tell them."""
        if self._counts is None:
            dataset = training_set(runner)
            dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
            labels = dataset.get_gt_labels()
            self._counts = np.bincount(labels[labels >= 0])
        for metric in metrics:
            metric.class_counts = self._counts
