"""A number that falls over the epochs, as HCL's code lowers beta."""

import numpy as np
import pytest
from mmengine.config import Config

from mmcl.engine.hooks import ScheduleHook
from mmcl.engine.runner import ContrastiveRunner
from mmcl.utils.errors import InputError
from tests.test_engine.tiny import run_config


def authors(beta, epochs):
    """What beta is in each epoch: the next of nine values is taken after each ninth of the run."""
    values, current, seen = iter(np.linspace(beta, 0, 9)), beta, []
    for epoch in range(1, epochs + 1):
        seen.append(current)
        if epoch % (epochs // 9) == 0:
            current = next(values, 0.0)
    return seen


@pytest.mark.parametrize('epochs', [400, 90, 80, 36])
def test_beta_is_the_authors_in_every_epoch(epochs):
    hook = ScheduleHook('head.beta', start=1.5, end=0.0, lag=1)
    assert [hook.value(e, epochs) for e in range(epochs)] == pytest.approx(authors(1.5, epochs), abs=1e-12)


def test_in_400_epochs_beta_first_falls_at_88_and_is_0_at_396():
    hook = ScheduleHook('head.beta', start=1.0, end=0.0, lag=1)
    values = [hook.value(e, 400) for e in range(400)]
    assert values[87] == 1.0 and values[88] == pytest.approx(7 / 8)
    assert values[395] > 0 and values[396] == 0.0


def test_values_over_the_first_epochs_end_there():
    hook = ScheduleHook('head.beta', start=0.0, end=1.0, num_values=5, epochs=10)
    assert [hook.value(e, 10) for e in (0, 2, 4, 6, 8, 9, 50)] == [0, 0.25, 0.5, 0.75, 1, 1, 1]
    with pytest.raises(InputError, match='epochs=0'):
        ScheduleHook('head.beta', 0.0, 1.0, epochs=0)


def test_a_real_run_sees_a_value_an_epoch(tmp_path):
    cfg = run_config(tmp_path, epochs=3)
    cfg['custom_hooks'] = [
        *cfg.get('custom_hooks', []),
        dict(type='ScheduleHook', name='rate', start=2.0, end=0.0, num_values=3),
    ]
    runner = ContrastiveRunner.from_cfg(Config(cfg))
    runner.model.rate, seen = 2.0, []
    original = runner.call_hook

    def call_hook(name, **kwargs):
        original(name, **kwargs)
        if name == 'before_train_epoch':
            seen.append(runner.model.rate)

    runner.call_hook = call_hook
    runner.train()
    assert seen == [2.0, 1.0, 0.0]


def test_a_number_that_the_model_does_not_have_is_refused(tmp_path):
    cfg = run_config(tmp_path, epochs=3)
    cfg['custom_hooks'] = [dict(type='ScheduleHook', name='head.gamma', start=1.0, end=0.0)]
    with pytest.raises(InputError, match="name='head.gamma'"):
        ContrastiveRunner.from_cfg(Config(cfg)).train()
    with pytest.raises(InputError, match='num_values=1'):
        ScheduleHook('head.beta', 1.0, 0.0, num_values=1)
