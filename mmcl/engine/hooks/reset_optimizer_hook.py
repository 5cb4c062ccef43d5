"""Starts the optimizer anew where the loss changes."""

from collections.abc import Sequence

from mmengine.hooks import Hook
from mmengine.runner import Runner

from mmcl.engine.loops import starts_epoch
from mmcl.registry import HOOKS
from mmcl.utils.errors import expect


@HOOKS.register_module()
class ResetOptimizerHook(Hook):
    """Forget the optimizer's momentum before some epochs, as code does that makes a new optimizer there (TSC).

    Learning rates are the schedules' business: give one from each of these epochs on.

    Args:
        epochs (Sequence[int]): From 0; none of them is the first.

    Raises:
        InputError: An epoch below 1, or none.
    """

    def __init__(self, epochs: Sequence[int]) -> None:
        good = len(epochs) > 0 and min(epochs) >= 1
        expect(
            good, f'ResetOptimizerHook has epochs={epochs}', 'epochs of at least 1', 'Set epochs, e.g. [200]'
        )
        self.epochs = tuple(epochs)

    def before_train_epoch(self, runner: Runner) -> None:
        """Forget it, unless the run goes on in the middle of the epoch."""
        if runner.epoch in self.epochs and starts_epoch(runner):
            runner.optim_wrapper.optimizer.state.clear()
            runner.logger.info(f'The optimizer starts anew at epoch {runner.epoch}.')
