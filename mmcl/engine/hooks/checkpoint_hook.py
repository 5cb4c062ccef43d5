"""When checkpoints are written, and which are kept."""

import contextlib
import os
import os.path as osp
from typing import Dict, List, Optional

from mmengine.hooks import Hook

from mmcl.engine.checkpoint import read_checkpoint, remove_unfinished, write_last
from mmcl.registry import HOOKS
from mmcl.utils.errors import InputError
from mmcl.utils.rank_0 import on_every_process


@HOOKS.register_module()
class SafeCheckpointHook(Hook):
    """Write checkpoints into the work dir, atomically; old ones go only after the new one has been read back.

    Files: ``epoch_{n}.pth`` after epoch n, ``iter_{n}.pth`` after n iterations, ``best_{metric}.pth``, and ``last_checkpoint``
    with the path of the newest of the first two kinds. The last epoch is always saved.

    Args:
        interval (int): Epochs between checkpoints, >= 1. Defaults to 1.
        save_every (int, optional): Also after so many iterations, >= 1, rounded up to whole optimizer steps. Defaults to None.
        max_keep (int): Checkpoints kept, best ones apart, >= 1; -1 keeps all. Files of an earlier run are never removed. Defaults to 3.
        save_best (str, optional): Keep the checkpoint with the highest value of this metric, e.g. 'knn/top1'. Defaults to None.

    Raises:
        InputError: A number out of range, or a checkpoint that cannot be written or read back.
    """

    # after everything that changes state: the schedules and the target's momentum
    priority = 'VERY_LOW'

    def __init__(
        self,
        interval: int = 1,
        save_every: Optional[int] = None,
        max_keep: int = 3,
        save_best: Optional[str] = None,
    ) -> None:
        for name, value in (('interval', interval), ('save_every', save_every), ('max_keep', max_keep)):
            if value is not None and value < 1 and not (name == 'max_keep' and value == -1):
                raise InputError(
                    f'SafeCheckpointHook has {name}={value}',
                    'at least 1',
                    f'Set default_hooks.checkpoint.{name}',
                )
        self.interval = interval
        self.save_every = save_every
        self.max_keep = max_keep
        self.save_best = save_best

    def before_train(self, runner) -> None:
        """Round ``save_every`` up to whole optimizer steps; clear away what a killed run was writing."""
        if runner.rank == 0:
            remove_unfinished(runner.work_dir)
        accumulation = getattr(runner.train_loop, 'accumulation', 1)
        self._every = self.save_every and -(-self.save_every // accumulation) * accumulation
        if self._every != self.save_every:
            runner.logger.info(
                f'Saving every {self._every} iterations, since {self.save_every} would not end an optimizer step.'
            )

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Save between epochs."""
        if self._every and (runner.iter + 1) % self._every == 0:
            self._save(runner, f'iter_{runner.iter + 1}.pth', by_epoch=False)

    def after_train_epoch(self, runner) -> None:
        """Save after an epoch."""
        epoch = runner.epoch + 1
        if epoch % self.interval == 0 or epoch == runner.max_epochs:
            due = (
                runner.train_loop.validation_due(epoch)
                if hasattr(runner.train_loop, 'validation_due')
                else False
            )
            self._save(runner, f'epoch_{epoch}.pth', by_epoch=True, meta=dict(validation_due=due))

    def after_val_epoch(self, runner, metrics: Optional[Dict[str, float]] = None) -> None:
        """Save if this is the best network so far."""
        if (
            self.save_best is None
            or runner._train_loop is None
            or isinstance(runner._train_loop, dict)
            or runner.iter == 0
        ):
            return
        score = (metrics or {}).get(self.save_best)
        if score is None or score <= runner.message_hub.get_info('best_score', float('-inf')):
            return
        runner.message_hub.update_info('best_score', float(score))
        name = f'best_{self.save_best.replace("/", "_")}.pth'
        done = dict(epoch=runner.epoch, iter=runner.iter, best_score=float(score))
        runner.save_checkpoint(runner.work_dir, name, meta=done)
        runner.logger.info(f'{self.save_best} {score:.4f} is the best so far, saved as {name}.')

    def _save(self, runner, name: str, by_epoch: bool, meta: Optional[dict] = None) -> None:
        kept = [old for old in runner.message_hub.get_info('kept_checkpoints', []) if old != name] + [name]
        surplus = kept[: -self.max_keep] if self.max_keep > 0 else []
        # noted before saving, so that a resumed run knows which files are its own
        runner.message_hub.update_info('kept_checkpoints', kept[len(surplus) :])
        runner.save_checkpoint(runner.work_dir, name, by_epoch=by_epoch, meta=meta)
        on_every_process(self._settle, osp.join(runner.work_dir, name), surplus)

    @staticmethod
    def _settle(path: str, surplus: List[str]) -> None:
        """Read the new file back, note it as the last, and only then remove what it replaces."""
        read_checkpoint(path)
        write_last(path)
        for old in surplus:
            with contextlib.suppress(FileNotFoundError):
                os.remove(osp.join(osp.dirname(path), old))
