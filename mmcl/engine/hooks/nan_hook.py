"""A loss that is no number stops the run."""

import math
import os.path as osp
from typing import Any, Callable, Dict, Iterator, Optional, Tuple

import torch
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
    every iteration; there it is looked at once the next iteration has been given to the device, so steps have been made with it, but
    no checkpoint is written after it.

    ``nan_batch.pth`` holds ``inputs``, ``sample_idx``, ``epoch``, ``iter``, ``losses`` and ``rng``, the random states before the batch.
    """

    # after RuntimeInfoHook, which has read the loss, and before everything that would keep the step
    priority = 'VERY_HIGH'
    _handle = None
    _unseen = None  # a loss that has not been looked at, and its iteration

    def before_train(self, runner) -> None:
        """Watch the losses that the model gives."""
        model = get_ori_model(runner.model)
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
        """Look at the loss of the iteration before, and have this one's brought to the host."""
        if self._handle is None:
            self.flush(runner)
            losses: Dict[str, list] = {}
            for key, part in _parts(outputs or {}):
                losses.setdefault(key, []).append(torch.as_tensor(part).detach().mean().double())
            if losses:
                self._unseen = losses, _arriving(losses), self._now(runner)

    def flush(self, runner) -> None:
        """Look at the last loss; the runner calls this before it logs or saves."""
        if self._unseen is None:
            return
        losses, finite, when = self._unseen
        self._unseen = None
        if not finite():
            self._look(runner, losses, when)

    def after_train_epoch(self, runner) -> None:
        """Look at the last loss of the epoch."""
        self.flush(runner)

    def after_train(self, runner) -> None:
        """Stop watching."""
        if self._handle is not None:
            self._handle.remove()
            self._handle = None

    def _now(self, runner) -> dict:
        return dict(batch=self._batch, rng=self._rng, epoch=runner.epoch, iter=runner.iter)

    @staticmethod
    def finite(outputs: Dict[str, Any]) -> bool:
        """Whether every loss of a model's outputs is a finite number."""
        return all(map(math.isfinite, _losses(outputs).values()))

    def _look(self, runner, outputs: Any, when: Optional[dict] = None) -> None:
        if not isinstance(outputs, dict) or self.finite(outputs):  # no dict: features, while evaluating
            return
        losses, when = _losses(outputs), when or self._now(runner)
        path = osp.join(
            runner.work_dir, 'nan_batch.pth' if runner.rank == 0 else f'nan_batch_rank{runner.rank}.pth'
        )
        record = dict(
            inputs=plain(when['batch']['inputs']),
            sample_idx=sample_idx(when['batch'].get('data_samples') or []),
            epoch=when['epoch'],
            iter=when['iter'],
            losses=losses,
            rng=plain(when['rng']),
        )
        atomic_save(record, path)
        name = next(key for key, value in losses.items() if not math.isfinite(value))
        raise InputError(
            f'{name} is {losses[name]} at iteration {when["iter"] + 1} (epoch {when["epoch"] + 1})',
            'a finite loss',
            f'The batch is in {path}; lower optim_wrapper.optimizer.lr, or try --precision fp32',
        )


def _arriving(losses: Dict[str, list]) -> Callable[[], bool]:
    """Send to the host whether all losses are finite; the answer waits for no more than that, whatever the device is given next."""
    finite = torch.stack([part for parts in losses.values() for part in parts]).isfinite().all()
    if not finite.is_cuda:
        return lambda: bool(finite)
    answer, arrived = finite.to('cpu', non_blocking=True), torch.cuda.Event()
    arrived.record()  # reading the loss itself would wait for everything that is queued behind it

    def read() -> bool:
        arrived.synchronize()
        return bool(answer)

    return read


def _parts(outputs: Dict[str, Any]) -> Iterator[Tuple[str, Any]]:
    """What MMEngine adds up to the total, by key; a list is one term in parts."""
    for key, value in outputs.items():
        if 'loss' in key:
            for part in value if isinstance(value, (list, tuple)) else [value]:
                yield key, part


def _losses(outputs: Dict[str, Any]) -> Dict[str, float]:
    """The terms of the total as numbers."""
    losses: Dict[str, float] = {}
    for key, part in _parts(outputs):
        losses[key] = losses.get(key, 0.0) + float(part.detach().mean() if isinstance(part, Tensor) else part)
    return losses
