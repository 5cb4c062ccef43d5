"""The learning rate of another batch."""

import pytest
from mmengine.config import Config

from mmcl.utils.errors import InputError
from mmcl.utils.scale_lr import scale_lr


def cfg(batch=64, base=256, accumulation=1):
    return Config(
        dict(
            train_dataloader=dict(batch_size=batch),
            optim_wrapper=dict(optimizer=dict(type='SGD', lr=0.8), accumulative_counts=accumulation),
            auto_scale_lr=dict(base_batch_size=base),
        )
    )


@pytest.mark.parametrize('rule, expected', [('linear', 0.2), ('sqrt', 0.4)])
def test_rate_is_scaled_by_the_rule(rule, expected):
    c = cfg()
    assert '0.8 ->' in scale_lr(c, rule)
    assert c.optim_wrapper.optimizer.lr == pytest.approx(expected)


def test_processes_and_accumulation_count(monkeypatch):
    monkeypatch.setenv('WORLD_SIZE', '2')
    c = cfg(accumulation=2)
    assert scale_lr(c, 'linear') is None  # 2 x 64 x 2 is the published 256
    assert c.optim_wrapper.optimizer.lr == 0.8


def test_another_batch_without_a_rule_is_told_with_both_numbers_and_the_flag():
    c = cfg()
    note = scale_lr(c, None)
    assert all(part in note for part in ('64', '256', '--auto-scale-lr', '0.2', '0.4'))
    assert c.optim_wrapper.optimizer.lr == 0.8


def test_a_rule_without_a_base_is_refused():
    c = cfg()
    c.auto_scale_lr = None
    with pytest.raises(InputError, match='base_batch_size'):
        scale_lr(c, 'linear')
