"""The learning rate of another batch size."""

import os
from typing import Optional

from mmengine.config import Config

from mmcl.utils.errors import InputError


def scale_lr(cfg: Config, rule: Optional[str]) -> Optional[str]:
    """Compare the run's effective batch with the published one and scale the learning rate if asked to.

    The effective batch is processes x ``train_dataloader.batch_size`` x ``optim_wrapper.accumulative_counts``.

    Args:
        cfg (Config): ``optim_wrapper.optimizer.lr`` is changed in place.
        rule (str, optional): 'linear' (lr x batch / base), 'sqrt' (lr x sqrt(batch / base)) or None to leave it.

    Returns:
        str | None: A sentence for the log where the batches differ.

    Raises:
        InputError: A rule is asked for and the config declares no ``auto_scale_lr.base_batch_size``.
    """
    base = (cfg.get('auto_scale_lr') or {}).get('base_batch_size')
    if base is None:
        if rule:
            raise InputError(
                f'--auto-scale-lr {rule} was asked for, but the config declares no base batch',
                'auto_scale_lr.base_batch_size in the config',
                'Add --cfg-options +auto_scale_lr.base_batch_size=256, or leave --auto-scale-lr out',
            )
        return None
    processes = int(os.environ.get('WORLD_SIZE', os.environ.get('SLURM_NTASKS', 1)))
    accumulation = cfg.optim_wrapper.get('accumulative_counts', 1)
    batch = processes * cfg.train_dataloader.batch_size * accumulation
    if batch == base:
        return None
    ratio = batch / base
    lr = cfg.optim_wrapper.optimizer.lr
    facts = f'Effective batch {batch} ({processes} x {cfg.train_dataloader.batch_size} x {accumulation}); the recipe is for {base}.'
    if rule is None:
        return (
            f'{facts} lr stays {lr:g}; --auto-scale-lr makes it lr x {batch}/{base} = {lr * ratio:g}, '
            f'--auto-scale-lr sqrt lr x sqrt({batch}/{base}) = {lr * ratio**0.5:g}.'
        )
    cfg.optim_wrapper.optimizer.lr = lr * (ratio if rule == 'linear' else ratio**0.5)
    return f'{facts} lr {lr:g} -> {cfg.optim_wrapper.optimizer.lr:g} ({rule} rule).'
