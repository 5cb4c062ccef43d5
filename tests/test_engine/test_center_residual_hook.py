"""The hook that watches embeddings collapse."""

import importlib.util
import json
import logging
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest
import torch
from mmpretrain.utils import get_ori_model

from mmcl.engine.checkpoint import read_checkpoint
from mmcl.engine.hooks import CenterResidualHook
from mmcl.engine.runner import ContrastiveRunner
from mmcl.evaluation import collapse_statistics
from mmcl.utils.cli import load_config
from mmcl.utils.errors import InputError
from tests import shrink
from tests.test_engine import tiny
from tests.test_models.tiny import batch, build

ROOT = Path(__file__).resolve().parents[2]


def as_runner(learner, **changes):
    hub = SimpleNamespace(scalars={}, update_scalar=lambda name, value: hub.scalars.update({name: value}))
    settings = dict(iter=0, model=learner, message_hub=hub, logger=logging.getLogger('center'))
    return SimpleNamespace(**{**settings, **changes})


def test_numbers_are_those_of_what_the_loss_saw_of_all_views():
    learner = build('simsiam')
    runner, hook = as_runner(learner), CenterResidualHook(interval=2)
    hook.before_train(runner)
    inputs, samples = batch()
    for runner.iter in range(2):
        learner.loss(inputs, samples)
        hook.after_train_iter(runner, runner.iter)
    hook.after_train(runner)
    learner.loss(inputs, samples)
    hook.after_train_iter(runner, 1)
    assert len(hook.rows) == 1  # the encoder is left alone after training
    queries, keys = learner.encoder(learner, inputs, learner.pairs)
    expected = collapse_statistics(*(torch.cat([made[0], made[1]]) for made in (keys, queries)))
    assert hook.rows == [dict(iter=2, **{name: pytest.approx(value) for name, value in expected.items()})]
    assert runner.message_hub.scalars['train/eta'] == hook.rows[0]['eta']


def test_without_a_predictor_only_keys_are_described():
    learner = build('moco')
    runner, hook = as_runner(learner), CenterResidualHook(interval=1)
    hook.before_train(runner)
    learner.loss(*batch())
    hook.after_train_iter(runner, 0)
    assert set(hook.rows[0]) == {'iter', 'center', 'residual', 'spread', 'correlation'}


def test_a_run_leaves_a_file_a_plot_and_its_numbers_in_checkpoints(tmp_path):
    cfg = load_config(str(ROOT / 'configs/simsiam/r18w16-bias_3e_fmnist.py'))
    shrink.shrink(cfg, shrink.fashion_mnist(tmp_path / 'data'), str(tmp_path / 'run'))
    cfg.custom_hooks[1].interval = 1
    runner = ContrastiveRunner.from_cfg(cfg)
    runner.train()
    report = json.loads((tmp_path / 'run/center_residual.json').read_text())
    assert [row['iter'] for row in report['rows']] == [1, 2] and 'torch' in report['versions']
    assert (tmp_path / 'run/center_residual.png').stat().st_size > 1000
    kept = read_checkpoint(str(tmp_path / 'run/epoch_1.pth'))['center_residual']
    assert kept == report['rows']
    assert not get_ori_model(runner.model).encoder._forward_hooks


def test_the_tool_compares_runs(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location('tool', ROOT / 'tools/visualization/center_residual.py')
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    (tmp_path / 'one').mkdir()
    (tmp_path / 'one/center_residual.json').write_text(
        '{"rows": [{"iter": 1, "center": 0.5, "residual": 0.8}]}'
    )
    out = tmp_path / 'both.png'
    command = ['tool', str(tmp_path / 'one'), str(tmp_path / 'one'), '--out', str(out)]
    monkeypatch.setattr(sys, 'argv', [*command, '--names', 'a', 'b'])
    tool.main()
    assert out.stat().st_size > 1000
    monkeypatch.setattr(sys, 'argv', command)
    with pytest.raises(InputError, match='another name for each run'):
        tool.main()
    monkeypatch.setattr(sys, 'argv', ['tool', str(tmp_path)])
    with pytest.raises(InputError, match='has no center_residual.json'):
        tool.main()


def test_weights_of_another_run_do_not_bring_its_numbers():
    hook = CenterResidualHook()
    checkpoint = dict(center_residual=[dict(iter=1, center=0.5)])
    hook.after_load_checkpoint(SimpleNamespace(_resume=False), checkpoint)
    assert hook.rows == []
    hook.after_load_checkpoint(SimpleNamespace(_resume=True), checkpoint)
    assert hook.rows == checkpoint['center_residual']


def test_a_model_without_an_encoder_is_left_alone_with_a_warning(caplog):
    hook = CenterResidualHook()
    hook.before_train(as_runner(tiny.ForgetfulLearner()))
    assert 'no encoder' in caplog.text
    hook.after_train(None)
    with pytest.raises(InputError, match='interval=0'):
        CenterResidualHook(interval=0)
