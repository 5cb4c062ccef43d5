"""What a training run measured, as one JSON file."""

import os.path as osp
import time

from mmengine.dist import is_main_process
from mmengine.hooks import Hook

from mmcl.registry import HOOKS
from mmcl.utils.report import run_facts, write_json


@HOOKS.register_module()
class ReportHook(Hook):
    """Write ``result.json`` into the work dir: every evaluation's metrics with config, seed, versions, protocol and device.

    Args:
        validate_first (bool): Evaluate once before training, so that the untrained network stands beside the trained
            one. Defaults to False.
    """

    priority = 'LOWEST'

    def __init__(self, validate_first: bool = False) -> None:
        self.validate_first = validate_first
        self.history = []
        self.protocol = {}

    def before_train(self, runner) -> None:
        """Evaluate the untrained network, if asked to."""
        if self.validate_first and runner.iter == 0 and runner.val_loop is not None:
            runner.val_loop.run()
        self.start, self.first_iter = time.perf_counter(), runner.iter

    def after_val_epoch(self, runner, metrics=None) -> None:
        """Note the metrics."""
        self.history.append(dict(epoch=runner.epoch, iter=runner.iter, **(metrics or {})))
        for metric in runner.val_loop.evaluator.metrics:
            self.protocol.update(getattr(metric, 'protocol', {}))

    def after_train(self, runner) -> None:
        """Write the file."""
        if not is_main_process():
            return
        report = run_facts(runner.cfg, runner.seed)
        report['precision'] = runner.cfg.optim_wrapper.get('dtype', 'fp32')
        report['protocol'] = self.protocol
        report['trained_on'] = _about(runner.train_dataloader.dataset)
        if runner.val_loop is not None:
            report['evaluated_on'] = _about(runner.val_loop.dataloader.dataset)
        report['epochs'] = runner.max_epochs
        report['seconds'] = round(time.perf_counter() - self.start, 1)
        report['iterations'] = runner.iter - self.first_iter
        report['history'] = self.history
        write_json(osp.join(runner.work_dir, 'result.json'), report)


def _about(dataset) -> dict:
    """Which images, and which labels, a dataset holds."""
    told = {name: getattr(dataset, name, None) for name in ('split', 'indices', 'labelled', 'long_tail')}
    told = {name: value for name, value in told.items() if value is not None}
    return dict(dataset=type(dataset).__name__, images=len(dataset), **told)
