"""From a checked config and a command line to a runner."""

import argparse
from pathlib import Path

from mmengine.config import Config
from mmengine.registry import init_default_scope

from mmcl.utils.config_check import check_custom_keys
from mmcl.utils.errors import InputError
from mmcl.utils.scale_lr import scale_lr
from mmcl.utils.validation import drop_validation

from .checkpoint import trust_checkpoints
from .precision import resolve_precision
from .runner import ContrastiveRunner


def build_runner(cfg: Config, args: argparse.Namespace) -> ContrastiveRunner:
    """Apply the command line of ``tools/train.py`` to a config and build its runner.

    Args:
        cfg (Config): Checked config, changed in place.
        args (Namespace): Arguments of ``tools/train.py``.
    """
    init_default_scope(cfg.get('default_scope', 'mmcl'))
    cfg.launcher = args.launcher
    config = Path(args.config)
    cfg.work_dir = (
        args.work_dir or cfg.get('work_dir') or f'work_dirs/{config.resolve().parent.name}/{config.stem}'
    )
    if args.no_validate:
        drop_validation(cfg)
    if args.resume:
        cfg.resume = True
        cfg.load_from = None if args.resume == 'auto' else args.resume
    if args.save_every is not None:
        cfg.default_hooks.checkpoint.save_every = args.save_every
    if args.no_progress:
        cfg.default_hooks.logger.interval = 10**9
    if args.compile:
        cfg.compile = True
    trust_checkpoints(args.trust_checkpoint)
    notes = [scale_lr(cfg, args.auto_scale_lr), resolve_precision(cfg, 'amp' if args.amp else args.precision)]
    runner = ContrastiveRunner.from_cfg(cfg)
    check_custom_keys(cfg, runner.model)
    _check_target_moves(runner)
    for note in filter(None, notes):
        runner.logger.info(note)
    return runner


def _check_target_moves(runner: ContrastiveRunner) -> None:
    """Refuse a model with a target that no hook would ever move: it would train against random features without a word."""
    model = getattr(runner.model, 'module', runner.model)
    hooks = {type(hook).__name__ for hook in runner.hooks}
    if hasattr(getattr(model, 'encoder', None), 'update') and 'MomentumHook' not in hooks:
        raise InputError(
            f'The encoder {type(model.encoder).__name__} has a target, but no hook moves it',
            'a MomentumHook',
            "Add default_hooks = dict(momentum=dict(type='MomentumHook')) to the config",
        )
