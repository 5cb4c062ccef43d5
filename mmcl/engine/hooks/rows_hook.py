"""What hooks have in common that note rows of numbers over a run."""

import copy
import os.path as osp

from mmengine.dist import is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmcl.utils.report import run_facts, write_json


class RowsHook(Hook):
    """Keeps rows with the run: in checkpoints, so that a resumed run has them all, and after every epoch in the work dir.

    There they are in a JSON file, with what a reader needs to repeat them, and in a plot. Subclasses add to ``rows``, name the ``file`` and
    draw.
    """

    file: str  # without its extension, and the key in checkpoints

    def __init__(self) -> None:
        self.rows: list[dict] = []

    def draw(self, run: str, path: str) -> None:
        """Plot the rows of the run of this name into a PNG."""
        raise NotImplementedError

    def about(self) -> dict:
        """What the file says besides the rows and the run's facts."""
        return {}

    def after_train_epoch(self, runner: Runner) -> None:
        """Write file and plot."""
        if self.rows and is_main_process():
            report = dict(run_facts(runner.cfg, runner.seed), **self.about(), rows=self.rows)
            write_json(osp.join(runner.work_dir, f'{self.file}.json'), report)
            self.draw(
                osp.basename(runner.work_dir.rstrip('/')), osp.join(runner.work_dir, f'{self.file}.png')
            )

    def before_save_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Keep the numbers with the run."""
        checkpoint[self.file] = copy.deepcopy(self.rows)

    def after_load_checkpoint(self, runner: Runner, checkpoint: dict) -> None:
        """Go on with the numbers of the run, unless only its weights are taken."""
        if runner._resume:
            self.rows = copy.deepcopy(checkpoint.get(self.file, []))
