"""A number of the model that changes over the epochs."""

from typing import Optional

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.utils import get_ori_model

from mmcl.engine.loops import starts_epoch
from mmcl.registry import HOOKS
from mmcl.utils.errors import expect


@HOOKS.register_module()
class ScheduleHook(Hook):
    """Takes a number of the model from ``start`` to ``end`` in equal steps (HCL's ``--anneal down``, https://arxiv.org/abs/2010.04592).

    The run is cut into ``num_values`` spans of as many whole epochs, and span i has the value i - ``lag`` of the ``num_values`` from start
    to end, the first for as long as that is below 0, the last to the end of the run. A function of the epoch alone, so that a resumed run
    goes on with the right one.

    Args:
        name (str): Where the number is in the model, e.g. ``'head.beta'``.
        start (float): First value.
        end (float): Last value.
        num_values (int): How many, >= 2. Defaults to 9, HCL's.
        lag (int): Spans by which the values come late, >= 0. HCL's code takes its next value after a span, the first time the first: 1,
            so with 400 epochs beta falls at 88, 132 ... 396. Defaults to 0.
        epochs (int, optional): First epochs over which the values are spread, >= 1; the last one stays from there on. Defaults to None:
            all.

    Raises:
        InputError: A number out of range, or the model has no such number.
    """

    def __init__(
        self,
        name: str,
        start: float,
        end: float,
        num_values: int = 9,
        lag: int = 0,
        epochs: Optional[int] = None,
    ) -> None:
        for what, value, least in (('num_values', num_values, 2), ('lag', lag, 0), ('epochs', epochs, 1)):
            expect(
                value is None or value >= least,
                f'ScheduleHook has {what}={value}',
                f'at least {least}',
                f'Set {what}',
            )
        self.name, self.start, self.end, self.num_values, self.lag = name, start, end, num_values, lag
        self.epochs = epochs

    def value(self, epoch: int, max_epochs: int) -> float:
        """The number in ``epoch``, from 0, of a run of ``max_epochs``."""
        span = epoch // max(max_epochs // self.num_values, 1) - self.lag
        done = min(max(span, 0), self.num_values - 1) / (self.num_values - 1)
        return self.start + (self.end - self.start) * done

    def before_train(self, runner: Runner) -> None:
        """Find the number."""
        part, _, self._attribute = self.name.rpartition('.')
        self._part = get_ori_model(runner.model)
        for step in filter(None, part.split('.')):
            self._part = getattr(self._part, step, None)
        number = isinstance(getattr(self._part, self._attribute, None), (int, float))
        expect(
            number,
            f'ScheduleHook has name={self.name!r}',
            'a number of the model',
            "Set e.g. name='head.beta'",
        )

    def before_train_epoch(self, runner: Runner) -> None:
        """Set it."""
        value = self.value(runner.epoch, self.epochs or runner.max_epochs)
        setattr(self._part, self._attribute, value)
        if starts_epoch(runner):  # a run resumed in the middle has noted it
            runner.message_hub.update_scalar(f'train/{self._attribute}', value)
