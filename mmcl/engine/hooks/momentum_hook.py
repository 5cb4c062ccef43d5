"""When the target moves."""

from mmengine.hooks import Hook
from mmengine.logging import print_log
from mmpretrain.utils import get_ori_model

from mmcl.registry import HOOKS


@HOOKS.register_module()
class MomentumHook(Hook):
    """Calls ``encoder.update`` after every real optimizer step, once under gradient accumulation.

    The schedule is the encoder pair's (see :class:`EMAPair`); a model without one is left alone, with a warning.
    """

    priority = 'NORMAL'

    def before_train(self, runner) -> None:
        """Look whether there is anything to move."""
        self.active = hasattr(getattr(get_ori_model(runner.model), 'encoder', None), 'update')
        if not self.active:
            print_log(
                'MomentumHook found no encoder with a target in the model and does nothing.',
                'current',
                level=30,
            )

    def after_train_iter(self, runner, batch_idx: int, data_batch=None, outputs=None) -> None:
        """Move the target if this iteration ended in an optimizer step."""
        if not self.active or not runner.optim_wrapper.should_update():
            return
        accumulation = runner.optim_wrapper._accumulative_counts
        learner = get_ori_model(runner.model)
        momentum = learner.encoder.update(
            learner, step=runner.iter // accumulation, total=max(runner.max_iters // accumulation, 1)
        )
        runner.message_hub.update_scalar('train/momentum', momentum)
