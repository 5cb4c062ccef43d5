"""When the experts' prototypes are replaced."""

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.utils import get_ori_model

from mmcl.registry import HOOKS
from mmcl.utils.errors import expect


@HOOKS.register_module()
class ExpertHook(Hook):
    """MiCE's M-step in closed form, once an epoch (https://arxiv.org/abs/2105.01899, eq. 13): calls ``head.renew``.

    Where a run was stopped between the last step of an epoch and its end, the next epoch begins with it.

    Args:
        keep_momentum (bool): The optimizer's momentum of the prototypes goes on, as in the authors' code, though it belongs to the old
            ones. Defaults to False: it starts from 0 again.

    Raises:
        InputError: The model's head has no experts.
    """

    def __init__(self, keep_momentum: bool = False) -> None:
        self.keep_momentum = keep_momentum

    def before_train(self, runner: Runner) -> None:
        """Find the head."""
        self._head = getattr(get_ori_model(runner.model), 'head', None)
        given = f'ExpertHook and a {type(self._head).__name__}'
        expect(hasattr(self._head, 'renew'), given, 'a MixtureHead', 'Remove the hook, or set model.head')

    def before_train_epoch(self, runner: Runner) -> None:
        """Renew if the last epoch was left without."""
        self._renew(runner, runner.epoch)

    def after_train_epoch(self, runner: Runner) -> None:
        """Renew."""
        self._renew(runner, runner.epoch + 1)

    @torch.no_grad()
    def _renew(self, runner: Runner, epoch: int) -> None:
        if int(self._head.epoch) >= epoch:
            return
        self._head.renew()
        self._head.epoch.fill_(epoch)
        state = runner.optim_wrapper.optimizer.state.get(self._head.prototypes, {})
        if state.get('momentum_buffer') is not None and not self.keep_momentum:
            state['momentum_buffer'].zero_()
