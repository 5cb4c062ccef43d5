"""A learner that has everything to lose; the four methods are in test_resume_of_methods.py, with more worker counts."""

import pytest

from tests.test_engine.resuming import assert_exact_resume
from tests.test_engine.tiny import run_config


@pytest.mark.parametrize(
    'processes, num_workers, accumulation, save_every, kill_at',
    [
        (1, 0, 1, 4, 7),  # 10 iterations an epoch: back to iteration 4 of the first
        (1, 2, 2, 3, 17),  # saved every 4, since 3 would not end an optimizer step: back to 16, in the second
        (1, 0, 2, 10, 11),  # back to the last iteration of the first epoch
        (1, 0, 1, 0, 14),  # back to the end of the first epoch
        (2, 0, 2, 4, 5),  # 5 batches a process, of which 4 make optimizer steps
    ],
)
def test_a_killed_run_resumes_bit_for_bit(
    tmp_path, processes, num_workers, accumulation, save_every, kill_at
):
    cfg = run_config(tmp_path, num_workers=num_workers, accumulation=accumulation)
    assert_exact_resume(cfg, tmp_path, kill_at, save_every, processes)
