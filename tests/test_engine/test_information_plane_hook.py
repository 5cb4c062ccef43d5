"""The hook that follows layers through the information plane."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
import torch

from mmcl.engine.checkpoint import read_checkpoint
from mmcl.engine.hooks import InformationPlaneHook
from mmcl.engine.runner import ContrastiveRunner
from mmcl.evaluation.information_plane import binned_information
from mmcl.models.necks import pool
from mmcl.utils.cli import load_config
from mmcl.utils.errors import InputError
from tests import shrink

ROOT = Path(__file__).resolve().parents[2]


def run(tmp_path, **settings):
    cfg = load_config(str(ROOT / 'configs/bottleneck/r18w16-plane_3e_fmnist.py'))
    shrink.shrink(cfg, shrink.fashion_mnist(tmp_path / 'data'), str(tmp_path / 'run'))
    cfg.custom_hooks[2].update(settings)
    runner = ContrastiveRunner.from_cfg(cfg)
    runner.train()
    return runner


def test_a_run_leaves_a_file_a_plot_and_its_rows_in_checkpoints(tmp_path):
    run(tmp_path, interval=1, num_images=12)
    report = json.loads((tmp_path / 'run/information_plane.json').read_text())
    assert [row['iter'] for row in report['rows']] == [0, 1, 2]
    assert 'noise of standard deviation 0.3' in report['about'] and 'torch' in report['versions']
    assert list(report['rows'][0]['layers']) == [f'backbone.layer{i}' for i in (1, 2, 3, 4)] + ['neck']
    assert (tmp_path / 'run/information_plane.png').stat().st_size > 1000
    assert read_checkpoint(str(tmp_path / 'run/epoch_1.pth'))['information_plane'] == report['rows']


def test_numbers_are_those_of_what_the_layers_made_in_evaluation_mode(tmp_path):
    runner = run(
        tmp_path, interval=2, num_images=100, estimator='binning', layers=['backbone.layer2', 'neck']
    )
    hook = next(hook for hook in runner.hooks if isinstance(hook, InformationPlaneHook))
    learner, dataset = runner.model, runner.train_dataloader.dataset
    state = torch.get_rng_state()
    learner.train()
    hook._note(runner, 3)
    assert torch.equal(state, torch.get_rng_state()) and learner.training
    learner.eval()
    images = torch.stack([dataset[i]['inputs'] for i in range(len(dataset))])
    with torch.no_grad():
        x = learner.data_preprocessor(dict(inputs=images))['inputs']
        maps = x
        for name in ('conv1', 'norm1', 'relu', 'layer1', 'layer2'):
            maps = getattr(learner.backbone, name)(maps)
        labels = torch.from_numpy(dataset.get_gt_labels())
        expected = binned_information(pool(maps), labels)
        codes = binned_information(learner.project(x), labels)
    assert hook.rows[-1]['layers']['backbone.layer2'] == pytest.approx(expected, abs=1e-6)
    assert hook.rows[-1]['layers']['neck'] == pytest.approx(codes, abs=1e-6)
    assert not any(module._forward_hooks for module in learner.backbone.modules())


def test_layers_that_there_are_not_or_that_images_do_not_pass_are_refused(tmp_path):
    with pytest.raises(InputError, match="layer 'backbone.layer9'.*backbone.layer"):
        run(tmp_path / 'a', layers=['backbone.layer9'])
    with pytest.raises(InputError, match="layer 'head.fc', which images do not pass"):
        run(tmp_path / 'b', layers=['head.fc'])


@pytest.mark.parametrize(
    'settings, words',
    [
        (dict(layers=[]), r'layers=\[\]'),
        (dict(estimator='mine'), "estimator='mine'"),
        (dict(interval=0), 'interval=0'),
        (dict(num_images=1), 'num_images=1'),
        (dict(bins=1), 'bins=1'),
        (dict(estimator='kde', noise=0), 'noise=0'),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(InputError, match=words):
        InformationPlaneHook(**{'layers': ['neck'], **settings})


def test_the_tool_compares_runs(tmp_path, monkeypatch):
    spec = importlib.util.spec_from_file_location('tool', ROOT / 'tools/visualization/information_plane.py')
    tool = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(tool)
    (tmp_path / 'one').mkdir()
    point = dict(i_xt=1.0, i_ty=0.5, saturated=0.0)
    report = dict(about='30 bins', rows=[dict(iter=1, layers=dict(neck=point))])
    (tmp_path / 'one/information_plane.json').write_text(json.dumps(report))
    out = tmp_path / 'both.png'
    command = ['tool', str(tmp_path / 'one'), str(tmp_path / 'one'), '--out', str(out), '--names', 'a', 'b']
    monkeypatch.setattr(sys, 'argv', command)
    tool.main()
    assert out.stat().st_size > 1000
    monkeypatch.setattr(sys, 'argv', ['tool', str(tmp_path)])
    with pytest.raises(InputError, match='has no information_plane.json.*InformationPlaneHook'):
        tool.main()
