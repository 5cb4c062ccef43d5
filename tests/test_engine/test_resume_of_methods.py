"""Each method, killed by SIGKILL between two checkpoints in the middle of an epoch and resumed, ends where the unbroken run does."""

from pathlib import Path

import pytest

from mmcl.utils.cli import load_config
from tests import shrink
from tests.test_engine.resuming import assert_exact_resume

ROOT = Path(__file__).resolve().parents[2]
CONFIGS = sorted(
    str(path.relative_to(ROOT))
    for path in (ROOT / 'configs').glob('*/*_fmnist.py')
    if path.parent.name != 'views'  # SimCLR, with other numbers in its views
)
CONFIGS.append('configs/cross_entropy/r18w16-balanced_2e_fmnist_lt.py')  # a sampler of its own
IMAGES = 64


@pytest.mark.parametrize('workers, processes', [(0, 1), (2, 2)])
@pytest.mark.parametrize('path', CONFIGS)
def test_killed_and_resumed_run_is_the_same_run_bit_for_bit(path, workers, processes, tmp_path):
    cfg = load_config(str(ROOT / path))
    shrink.shrink(cfg, shrink.fashion_mnist(tmp_path / 'data', IMAGES), '', epochs=2)
    cfg.train_dataloader.num_workers = workers
    steps = IMAGES // (shrink.BATCH * processes)  # an epoch; PCL clusters before the second
    kill_at = 2 * steps - 1
    assert (
        kill_at - 1 > steps
    )  # the checkpoint at kill_at - 1 lies inside the second epoch, after the clustering
    assert_exact_resume(cfg.to_dict(), tmp_path, kill_at=kill_at, save_every=2, processes=processes)
