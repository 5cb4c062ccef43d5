"""Where the time of training goes: a clock that is told when each part of an iteration ends."""

import time
from collections import deque
from typing import Any, Callable, Dict, List, Tuple

import torch
from mmengine.optim import OptimWrapper
from mmpretrain.utils import get_ori_model
from torch import nn

PARTS = ('data', 'transfer', 'views', 'forward', 'backward', 'optimizer', 'hooks')


class StepClock:
    """Splits iterations into parts, without a gap: what one part leaves, the next one takes.

    ``data``: waiting for the loader. ``transfer``: the batch to the device. ``views``: the rest of the preprocessor. ``forward``:
    network and loss. ``backward``. ``optimizer``: its step, and what else follows backward. ``hooks``: everything that hooks do
    around an iteration, logging and checkpoints within an epoch included. An iteration ends where its hooks begin; they belong to the next.

    On a GPU the marks are events in its stream, so nothing waits: a part is then as long as the device was busy with it, or idle before it.
    They are read when the log asks.

    Args:
        model (nn.Module): The learner, possibly wrapped.
        optim_wrapper (OptimWrapper): Its optimizer.
        window (int): Iterations that are remembered, >= 1.
    """

    def __init__(self, model: nn.Module, optim_wrapper: OptimWrapper, window: int) -> None:
        self.on_gpu = next(model.parameters()).is_cuda
        self._steps = deque(maxlen=window)  # of the last iterations, their marks
        self._marks: List[Tuple[str, Any]] = []  # (the part that ended, when)
        self._training = (
            False  # inside train_step: clusterings and validations use the same parts of the model
        )
        self._watch(get_ori_model(model).data_preprocessor, optim_wrapper)

    def _watch(self, preprocessor: nn.Module, optim_wrapper: OptimWrapper) -> None:
        self._watched = [
            (preprocessor, 'cast_data', None, 'transfer'),
            (preprocessor, 'forward', None, 'views'),
            (optim_wrapper, 'backward', 'forward', 'backward'),
        ]
        for owner, name, *parts in self._watched:
            setattr(owner, name, self._around(getattr(owner, name), *parts))

    def _around(self, function: Callable, part_before: str, part: str) -> Callable:
        def timed(*args, **kwargs):
            if not self._training:
                return function(*args, **kwargs)
            if part_before:
                self._mark(part_before)
            result = function(*args, **kwargs)
            self._mark(part)
            return result

        return timed

    def _mark(self, part: str) -> None:
        self._marks.append((part, self.now()))

    def now(self) -> Any:
        """A moment."""
        if not self.on_gpu:
            return time.perf_counter()
        event = torch.cuda.Event(enable_timing=True)
        event.record()
        return event

    def between(self, start: Any, end: Any) -> float:
        """Seconds from one moment to another."""
        return start.elapsed_time(end) / 1000 if self.on_gpu else end - start

    def before(self, stage: str) -> None:
        """Hear that the hooks of a stage begin."""
        if stage == 'before_train_iter':
            self._mark('data')
        elif stage == 'after_train_iter':
            self._training = False
            self._mark('optimizer')
            self._steps.append(self._marks)
            self._marks = self._marks[-1:]

    def after(self, stage: str) -> None:
        """Hear that they are through."""
        if stage == 'before_train_epoch':  # what lies between epochs is no iteration's
            self._marks = []
            self._mark('')
        elif stage == 'before_train_iter':
            self._mark('hooks')
            self._training = True
        elif stage == 'after_train_iter':
            self._mark('hooks')
        elif stage == 'after_train':
            self.stop()

    def stop(self) -> None:
        """Leave the model and the optimizer as they were."""
        for owner, name, *_ in self._watched:
            delattr(owner, name)

    def seconds(self) -> Dict[str, float]:
        """Mean seconds of each part over the remembered iterations; nothing before the first has ended. Waits for a GPU."""
        if not self._steps:
            return {}
        if self.on_gpu:
            torch.cuda.synchronize()
        totals = dict.fromkeys(PARTS, 0.0)
        for marks in self._steps:
            for (_, start), (part, end) in zip(marks, marks[1:]):
                totals[part] += self.between(start, end)
        return {part: total / len(self._steps) for part, total in totals.items()}


def percentages(seconds: Dict[str, float]) -> Dict[str, int]:
    """Each part of the whole in whole percent, which add up to 100 (largest remainders are rounded up)."""
    whole = sum(seconds.values()) or 1.0
    exact = {part: 100 * value / whole for part, value in seconds.items()}
    rounded = {part: int(value) for part, value in exact.items()}
    by_remainder = sorted(exact, key=lambda part: rounded[part] - exact[part])
    for part in by_remainder[: 100 - sum(rounded.values())]:
        rounded[part] += 1
    return rounded
