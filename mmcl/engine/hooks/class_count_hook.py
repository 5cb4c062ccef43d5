"""Tells metrics how many training images each class has."""

import numpy as np
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.runner.base_loop import BaseLoop

from mmcl.evaluation.ranked import RankedMetric
from mmcl.registry import DATASETS, HOOKS

from .knn_hook import training_set


@HOOKS.register_module()
class ClassCountHook(Hook):
    """Before an evaluation, count the training images of each class for the metrics that have ``shots``.

    Counted are the images of the training set, whatever its sampler makes of them. They are counted once.
    """

    def __init__(self) -> None:
        self._counts = None

    def before_val_epoch(self, runner: Runner) -> None:
        """Tell the validation's metrics."""
        self._tell(runner, runner.val_loop)

    def before_test_epoch(self, runner: Runner) -> None:
        """Tell the test's metrics."""
        self._tell(runner, runner.test_loop)

    def _tell(self, runner: Runner, loop: BaseLoop) -> None:
        metrics = [metric for metric in loop.evaluator.metrics if isinstance(metric, RankedMetric)]
        if not metrics:
            runner.logger.warning('ClassCountHook has nothing to do: the evaluator holds no accuracy.')
            return
        if self._counts is None:
            dataset = training_set(runner)
            dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
            labels = dataset.get_gt_labels()
            self._counts = np.bincount(labels[labels >= 0])
        for metric in metrics:
            metric.class_counts = self._counts
