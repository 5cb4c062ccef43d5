"""A loss that is no number stops the run."""

import math
import os.path as osp
from typing import Any, Dict, Optional

from mmengine.hooks import Hook
from mmpretrain.utils import get_ori_model
from torch import Tensor, nn

from mmcl.engine.checkpoint import atomic_save, plain
from mmcl.engine.rng import capture_rng
from mmcl.registry import HOOKS
from mmcl.structures import sample_idx
from mmcl.utils.errors import InputError


@HOOKS.register_module()
class StopOnNaNHook(Hook):
    """Stop at a loss that is NaN or infinite, with its batch saved as ``nan_batch.pth`` in the work dir.

    On a CPU the loss is looked at before the optimizer step, so the weights are unharmed too. On a GPU that would make the host wait at
    every iteration; there the step has been made, but no checkpoint is written after it.

    ``nan_batch.pth`` holds ``inputs``, ``sample_idx``, ``epoch``, ``iter``, ``losses`` and ``rng``, the random states before the batch.
    """

    # after RuntimeInfoHook, which has read the loss, and before everything that would keep the step
    priority = 'VERY_HIGH'

    def before_train(self, runner) -> None:
        """Watch the losses that the model gives."""
        model = get_ori_model(runner.model)
        self._handle = None
        if self.sees_early(model):
            self._handle = model.register_forward_hook(
                lambda module, inputs, outputs: self._look(runner, outputs)
            )

    def sees_early(self, model: nn.Module) -> bool:
        """Whether looking at the loss before the step costs nothing."""
        return next(model.parameters()).device.type == 'cpu'

    def before_train_iter(self, runner, batch_idx: int, data_batch=None) -> None:
        """Keep what is needed to see the batch again."""
        self._batch, self._rng = data_batch, capture_rng()

    def after_train_iter(
        self, runner, batch_idx: int, data_batch=None, outputs: Optional[dict] = None
    ) -> None:
        """Look at the loss after the step, where it could not be seen before."""
        if self._handle is None:
            self._look(runner, outputs)

    def after_train(self, runner) -> None:
        """Stop watching."""
        if self._handle is not None:
            self._handle.remove()

    @staticmethod
    def finite(outputs: Dict[str, Any]) -> bool:
        """Whether every loss of a model's outputs is a finite number."""
        return all(map(math.isfinite, _losses(outputs).values()))

    def _look(self, runner, outputs: Any) -> None:
        if not isinstance(outputs, dict) or self.finite(outputs):  # no dict: features, while evaluating
            return
        losses = _losses(outputs)
        path = osp.join(
            runner.work_dir, 'nan_batch.pth' if runner.rank == 0 else f'nan_batch_rank{runner.rank}.pth'
        )
        record = dict(
            inputs=plain(self._batch['inputs']),
            sample_idx=sample_idx(self._batch.get('data_samples') or []),
            epoch=runner.epoch,
            iter=runner.iter,
            losses=losses,
            rng=plain(self._rng),
        )
        atomic_save(record, path)
        name = next(key for key, value in losses.items() if not math.isfinite(value))
        raise InputError(
            f'{name} is {losses[name]} at iteration {runner.iter + 1} (epoch {runner.epoch + 1})',
            'a finite loss',
            f'The batch is in {path}; lower optim_wrapper.optimizer.lr, or try --precision fp32',
        )


def _losses(outputs: Dict[str, Any]) -> Dict[str, float]:
    """What MMEngine adds up to the total, as numbers; a list is one term in parts."""
    losses = {}
    for key, value in outputs.items():
        if 'loss' in key:
            parts = value if isinstance(value, (list, tuple)) else [value]
            losses[key] = sum(
                float(part.detach().mean() if isinstance(part, Tensor) else part) for part in parts
            )
    return losses
