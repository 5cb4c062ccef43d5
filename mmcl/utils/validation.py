"""Training without validation."""

from mmengine.config import Config


def drop_validation(cfg: Config) -> None:
    """Take kNN out of a run: the validation and test loops, the hooks that prepare it, and the choice of a best checkpoint."""
    for name in (
        'val_dataloader',
        'val_cfg',
        'val_evaluator',
        'test_dataloader',
        'test_cfg',
        'test_evaluator',
    ):
        cfg[name] = None
    cfg.custom_hooks = [
        hook
        for hook in cfg.get('custom_hooks') or []
        if hook['type'] not in ('KNNHook', 'ViewPairHook', 'ClusterAssignmentHook')
    ]
    if cfg.get('default_hooks', {}).get('checkpoint'):
        cfg.default_hooks.checkpoint.save_best = None
