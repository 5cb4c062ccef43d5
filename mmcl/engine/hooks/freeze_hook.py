"""Parameters that stay as they are at first."""

from typing import Sequence

from mmengine.hooks import Hook
from mmpretrain.utils import get_ori_model
from torch.optim import Optimizer

from mmcl.registry import HOOKS
from mmcl.utils.errors import expect


@HOOKS.register_module()
class FreezeHook(Hook):
    """Keeps the optimizer from some parameters at first (SwAV's prototypes, ``freeze_prototypes_niters`` in the authors' code).

    Gradients are computed and then dropped, so neither DDP nor the graph changes, and no decay or momentum acts either.

    Args:
        modules (Sequence[str]): What the frozen parameters' names start with, e.g. ``['head.prototypes']``.
        iters (int): Iterations, >= 0.
        epochs (int): Epochs, >= 0; added to ``iters``.

    Raises:
        InputError: No parameter has such a name.
    """

    def __init__(self, modules: Sequence[str], iters: int = 0, epochs: int = 0) -> None:
        self.modules = tuple(modules)
        self.iters, self.epochs = iters, epochs

    def before_train(self, runner) -> None:
        """Find the parameters and watch the optimizer."""
        named = list(get_ori_model(runner.model).named_parameters())
        frozen = [p for name, p in named if name.startswith(self.modules)]
        expect(
            frozen,
            f'FreezeHook has modules={list(self.modules)}',
            f"the start of a parameter's name, such as {named[-1][0]!r}",
            'Set modules of the hook',
        )
        last = self.iters + self.epochs * len(runner.train_dataloader)

        def drop(optimizer: Optimizer, args: tuple, kwargs: dict) -> None:
            if runner.iter < last:
                for parameter in frozen:
                    parameter.grad = None

        self._handle = runner.optim_wrapper.optimizer.register_step_pre_hook(drop)

    def after_train(self, runner) -> None:
        """Leave the optimizer as it was."""
        self._handle.remove()
