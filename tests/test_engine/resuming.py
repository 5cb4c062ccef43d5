"""Is a run that was killed and resumed the same run? For any config."""

import copy
import os
import signal

import torch
from mmengine.config import Config
from mmengine.hooks import Hook

from mmcl.engine.checkpoint import read_checkpoint
from mmcl.engine.runner import ContrastiveRunner
from tests.processes import call, launch
from tests.test_engine import tiny  # noqa: F401  registers ForgetfulLearner

# what differs between two runs of one config: the clock
_CLOCK = ('time', 'data_time', 'eta', 'experiment_name', 'mmengine_version', 'cfg')


class _Kill(Hook):
    """SIGKILL to this very process, after an iteration's hooks."""

    priority = 'LOWEST'

    def __init__(self, iteration: int) -> None:
        self.iteration = iteration

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        if runner.iter + 1 == self.iteration:
            os.kill(os.getpid(), signal.SIGKILL)


class _Start(Hook):
    """Notes at which iteration a run starts."""

    def before_train(self, runner) -> None:
        self.iteration = runner.iter


def train(cfg: dict, kill_at: int = 0) -> int:
    """Train a config to its end, or until the process is killed after iteration ``kill_at``; gives the iteration it started at."""
    runner = ContrastiveRunner.from_cfg(Config(copy.deepcopy(cfg)))
    start = _Start()
    runner.register_hook(start)
    if kill_at:
        runner.register_hook(_Kill(kill_at))
    runner.train()
    return start.iteration


def assert_equal(one, two, where: str = 'checkpoint') -> None:
    """Compare two checkpoints bit for bit, but for the clock's readings."""
    assert type(one) is type(two), where
    if isinstance(one, dict):
        assert list(one) == list(two), where
        for key in one:
            if str(key).split('/')[-1] not in _CLOCK:
                assert_equal(one[key], two[key], f'{where}.{key}')
    elif isinstance(one, (list, tuple)):
        assert len(one) == len(two), where
        for index, pair in enumerate(zip(one, two)):
            assert_equal(*pair, f'{where}[{index}]')
    elif isinstance(one, torch.Tensor):
        assert one.dtype == two.dtype and torch.equal(one, two), where
    else:
        assert one == two, where


def assert_exact_resume(
    cfg: dict, folder, kill_at: int, save_every: int = 0, processes: int = 1, last: str = 'epoch_2.pth'
) -> None:
    """Train a config straight through; train it again, kill it, resume it; everything must be equal.

    Args:
        cfg (dict): Plain config; it has ``default_hooks.checkpoint``. ``work_dir`` and ``resume`` are set here.
        folder (Path): Empty.
        kill_at (int): The killed run ends with SIGKILL after so many iterations.
        save_every (int): Iterations between checkpoints; 0 saves after epochs only.
        processes (int): 1, or ranks of a gloo group.
        last (str): The file to compare at the end.
    """
    cfg = copy.deepcopy(cfg)
    cfg['default_hooks']['checkpoint'].update(save_every=save_every or None, max_keep=-1)
    cfg['launcher'] = 'pytorch' if processes > 1 else 'none'
    straight, broken = (dict(cfg, work_dir=str(folder / name)) for name in ('straight', 'broken'))
    call(train, straight, folder=folder, processes=processes)
    for code, _, printed in launch(train, broken, kill_at, folder=folder, processes=processes):
        assert code == -signal.SIGKILL, printed
    assert not (folder / 'broken' / last).exists()
    starts = call(train, dict(broken, resume=True), folder=folder, processes=processes)
    assert all(0 < start < kill_at for start in starts), f'resumed at {starts}'
    assert_equal(*(read_checkpoint(str(folder / name / last)) for name in ('straight', 'broken')))
