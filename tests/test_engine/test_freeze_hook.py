"""Parameters that stay as they are at first, in a real run."""

import pytest
import torch

from mmcl.engine.runner import ContrastiveRunner
from mmcl.utils.errors import InputError
from tests.test_engine.tiny import run_config


def train(tmp_path, **hook):
    cfg = run_config(tmp_path, epochs=2)
    cfg['optim_wrapper']['optimizer']['weight_decay'] = 0.1
    cfg['custom_hooks'] = [*cfg.get('custom_hooks', []), dict(type='FreezeHook', **hook)]
    from mmengine.config import Config

    runner = ContrastiveRunner.from_cfg(Config(cfg))
    seen = dict(neck=[], backbone=[])
    original = runner.call_hook

    def call_hook(name, **kwargs):
        original(name, **kwargs)
        if name in ('before_train_iter', 'after_train'):
            seen['neck'].append(runner.model.neck.weight.detach().clone())
            seen['backbone'].append(runner.model.backbone[0].weight.detach().clone())

    runner.call_hook = call_hook
    runner.train()
    moved = {name: [not torch.equal(a, b) for a, b in zip(v, v[1:])] for name, v in seen.items()}
    return moved, len(runner.train_dataloader)


def test_frozen_parameters_neither_follow_gradients_nor_decay_until_their_time(tmp_path):
    moved, epoch = train(tmp_path, modules=['neck'], iters=3)
    assert moved['neck'][:3] == [False] * 3 and all(moved['neck'][3:]) and len(moved['neck']) == 2 * epoch
    assert all(moved['backbone'][1:])


def test_epochs_count_as_their_iterations(tmp_path):
    moved, epoch = train(tmp_path, modules=['neck.weight'], epochs=1)
    assert not any(moved['neck'][:epoch]) and all(moved['neck'][epoch:])


def test_a_name_that_no_parameter_has_is_refused(tmp_path):
    with pytest.raises(InputError, match=r"modules=\['prototypes'\]"):
        train(tmp_path, modules=['prototypes'], iters=1)
