"""Asks for the clusters of the evaluation's images."""

from mmengine.runner import Runner
from mmengine.runner.base_loop import BaseLoop
from mmpretrain.utils import get_ori_model
from torch.utils.data import DataLoader

from mmcl.engine.clusters import assign_all
from mmcl.engine.extract import extraction_loader
from mmcl.evaluation.cluster_metric import ClusterMetric
from mmcl.registry import HOOKS

from .evaluation_feed import LoaderFeed


@HOOKS.register_module()
class ClusterAssignmentHook(LoaderFeed):
    """Before each evaluation, hand every ``ClusterMetric`` the clusters that the model gives the evaluation's images.

    The network is in evaluation mode; all processes share the work, and random states and training modes are left as they were. Before a
    method's first clustering there is nothing to hand.
    """

    metric = ClusterMetric

    def feed(self, runner: Runner, loop: BaseLoop, metrics: list) -> None:
        """Hand them over."""
        found = assign_all(get_ori_model(runner.model), self.loader(runner, loop))
        if found is None:
            runner.logger.info('There are no clusters to compare with classes yet.')
        for metric in metrics:
            metric.set_clusters(None) if found is None else metric.set_clusters(found.clusters, found.labels)

    def build_loader(self, runner: Runner, evaluated: DataLoader) -> DataLoader:
        """Of the evaluation's images."""
        return extraction_loader(evaluated.dataset, evaluated.batch_size, evaluated.num_workers)
