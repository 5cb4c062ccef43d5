"""ZeRO-1 on two processes."""

import pytest
import torch
from mmengine.config import Config

from mmcl.engine.checkpoint import read_checkpoint
from tests.processes import call
from tests.test_engine.resuming import assert_exact_resume
from tests.test_engine.tiny import run_config

SGD = dict(lr=0.1, momentum=0.9, weight_decay=0.01)
LARS = dict(lr=0.1, momentum=0.9, weight_decay=0.01, eta=0.1)


def config(work_dir, optimizer: dict) -> dict:
    cfg = dict(run_config(work_dir, epochs=2), launcher='pytorch')
    cfg['optim_wrapper']['optimizer'] = optimizer
    cfg['optim_wrapper']['paramwise_cfg'] = dict(custom_keys=dict(neck=dict(lr_mult=0.5)))
    return cfg


def on_two_ranks(cfgs: list) -> list:
    """Train each config; the parameters, and how many numbers of state this process holds."""
    from mmcl.engine.runner import ContrastiveRunner

    results = []
    for cfg in cfgs:
        runner = ContrastiveRunner.from_cfg(Config(cfg))
        runner.train()
        optimizer = runner.optim_wrapper.optimizer
        state = getattr(optimizer, 'optim', optimizer).state.values()
        held = sum(value.numel() for each in state for value in each.values() if torch.is_tensor(value))
        results.append(([p.detach() for p in runner.model.parameters()], held))
    return results


def test_zero_trains_as_the_optimizer_alone_and_shares_out_its_state(tmp_path):
    cfgs = []
    for kind, settings in (('SGD', SGD), ('LARS', LARS)):
        cfgs.append(config(tmp_path / kind, dict(type=kind, **settings)))
        zero = dict(type='ZeroRedundancyOptimizer', optimizer_type=kind, **settings)
        cfgs.append(config(tmp_path / f'zero-{kind}', zero))
    first, second = call(on_two_ranks, cfgs, folder=tmp_path, processes=2)
    for plain, zero in ((0, 1), (2, 3)):
        for rank in (first, second):
            assert all(torch.equal(a, b) for a, b in zip(rank[plain][0], rank[zero][0]))
        assert first[zero][1] + second[zero][1] == first[plain][1] and second[zero][1] > 0
    # the checkpoint holds all of the state, as without
    states = [
        read_checkpoint(str(tmp_path / name / 'epoch_2.pth'))['optimizer'] for name in ('SGD', 'zero-SGD')
    ]
    assert list(states[0]['state']) == list(states[1]['state'])
    for plain, zero in zip(*(state['state'].values() for state in states)):
        assert torch.equal(plain['momentum_buffer'], zero['momentum_buffer'])


def test_zero_resumes_bit_for_bit(tmp_path):
    cfg = run_config(tmp_path)
    cfg['optim_wrapper']['optimizer'] = dict(type='ZeroRedundancyOptimizer', optimizer_type='AdamW', lr=0.01)
    assert_exact_resume(cfg, tmp_path, kill_at=7, save_every=2, processes=2)


@pytest.mark.parametrize('kind', ['LARS', 'SGD'])
def test_on_one_process_zero_is_the_optimizer_itself(kind, tmp_path):
    from tests.test_engine.tiny import build

    changes = {'optim_wrapper.optimizer': dict(type='ZeroRedundancyOptimizer', optimizer_type=kind, lr=0.1)}
    changes['optim_wrapper.optimizer']['_delete_'] = True
    runner = build(tmp_path, changes, epochs=2)
    runner.train()
    assert type(runner.optim_wrapper.optimizer).__name__ == kind
