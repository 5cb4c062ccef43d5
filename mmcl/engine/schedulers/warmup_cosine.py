"""Linear warm-up, then a cosine."""

import math
from typing import Callable, List, Optional

from mmengine.optim.scheduler.lr_scheduler import LRSchedulerMixin
from mmengine.optim.scheduler.param_scheduler import INF, _ParamScheduler

from mmcl.registry import PARAM_SCHEDULERS
from mmcl.utils.errors import InputError


@PARAM_SCHEDULERS.register_module()
class WarmupCosineLR(LRSchedulerMixin, _ParamScheduler):
    r"""SimCLR's and BYOL's schedule, in closed form.

    At step s of S, with w warm-up steps: :math:`b + (\mathrm{lr} - b)\, s / w` while :math:`s < w`, then
    :math:`e + (\mathrm{lr} - e)(1 + \cos(\pi (s - w) / (S - w))) / 2`. Config: ``dict(type='WarmupCosineLR', warmup=10, by_epoch=True,
    convert_to_iter_based=True)`` warms up for 10 epochs and changes every iteration; ``by_epoch=True`` alone changes every epoch (MoCo v2).
    Parameter groups marked ``fixed_lr``, by ``optim_wrapper.paramwise_cfg=dict(custom_keys={'predictor': dict(fixed_lr=True)})``, keep
    theirs (SimSiam's predictor).

    Args:
        optimizer (Optimizer | OptimWrapper): Its learning rates are the peaks.
        warmup (int): Warm-up steps, >= 0 (epochs if ``by_epoch``). Defaults to 0.
        end_lr (float): Learning rate at the end, e. Defaults to 0.
        start_lr (float): Learning rate at the start of the warm-up, b (SwAV: 0.3). Defaults to 0.
        endpoint (bool): The warm-up's last step has the peak already, s / (w - 1), as in SwAV's code. Defaults to False: the step
            after it has.
        begin (int): First step. Defaults to 0.
        end (int): One past the last step, S; the runner fills in the length of the run.
        last_step (int): For resuming. Defaults to -1.
        by_epoch (bool): Steps are epochs. Defaults to True.

    Raises:
        InputError: ``warmup`` < 0 or longer than the run.
    """

    def __init__(
        self,
        optimizer,
        warmup: int = 0,
        end_lr: float = 0.0,
        start_lr: float = 0.0,
        endpoint: bool = False,
        begin: int = 0,
        end: int = INF,
        last_step: int = -1,
        by_epoch: bool = True,
        verbose: bool = False,
    ) -> None:
        if not 0 <= warmup < end - begin:
            raise InputError(
                f'WarmupCosineLR has warmup={warmup} in a run of {end - begin} {"epochs" if by_epoch else "iterations"}',
                'a warm-up shorter than the run',
                'Lower param_scheduler.0.warmup or raise train_cfg.max_epochs',
            )
        self.warmup = warmup
        self.rise = max(warmup - endpoint, 1)  # steps from start to peak
        self.end_lr = end_lr
        self.start_lr = start_lr
        super().__init__(
            optimizer, begin=begin, end=end, last_step=last_step, by_epoch=by_epoch, verbose=verbose
        )

    @classmethod
    def build_iter_from_epoch(
        cls,
        *args,
        warmup: int = 0,
        begin: int = 0,
        end: int = INF,
        by_epoch: bool = True,
        epoch_length: Optional[int] = None,
        **kwargs,
    ) -> 'WarmupCosineLR':
        """Build the same schedule with a step an iteration; lengths are given in epochs of ``epoch_length`` iterations."""
        if not by_epoch or not epoch_length or end == INF:
            raise InputError(
                f'convert_to_iter_based was given by_epoch={by_epoch}, epoch_length={epoch_length}, end={end}',
                'a schedule in epochs of known length',
                'Set by_epoch=True in param_scheduler',
            )
        lengths = dict(warmup=warmup * epoch_length, begin=begin * epoch_length, end=end * epoch_length)
        return cls(*args, by_epoch=False, **lengths, **kwargs)

    def _get_value(self) -> List[float]:
        share = self._share()
        return [
            base if group.get('fixed_lr') else share(base)
            for base, group in zip(self.base_values, self.optimizer.param_groups)
        ]

    def _share(self) -> Callable[[float], float]:
        """From a peak learning rate to this step's."""
        step, total = self.last_step, self.end - self.begin  # last_step counts from begin
        if step < self.warmup:
            return lambda peak: self.start_lr + (peak - self.start_lr) * step / self.rise
        cosine = (
            1 + math.cos(math.pi * min(step - self.warmup, total - self.warmup) / (total - self.warmup))
        ) / 2
        return lambda peak: self.end_lr + (peak - self.end_lr) * cosine
