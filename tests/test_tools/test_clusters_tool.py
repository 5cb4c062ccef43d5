"""The tool that compares clusters with classes and draws them."""

import importlib.util
import json
import sys
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmcl.apis import get_model
from mmcl.engine.checkpoint import read_checkpoint
from mmcl.engine.runner import ContrastiveRunner
from mmcl.utils.cli import load_config
from mmcl.utils.errors import InputError
from tests import shrink

ROOT = Path(__file__).resolve().parents[2]


def tool():
    spec = importlib.util.spec_from_file_location('clusters', ROOT / 'tools/analysis/clusters.py')
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope='module')
def trained(tmp_path_factory):
    """A folder with a small HCSC config and its checkpoint after two epochs, of which the second has clusters."""
    folder = tmp_path_factory.mktemp('hcsc')
    cfg = load_config(str(ROOT / 'configs/hcsc/r18w16_3e_fmnist.py'))
    shrink.shrink(cfg, shrink.fashion_mnist(folder / 'data', 24), str(folder / 'work'), epochs=2)
    cfg.dump(str(folder / 'hcsc.py'))
    ContrastiveRunner.from_cfg(Config(cfg.to_dict())).train()
    return folder


def run(folder, monkeypatch, *words, checkpoint='epoch_2.pth'):
    paths = [str(folder / 'hcsc.py'), str(folder / 'work' / checkpoint)]
    monkeypatch.setattr(sys, 'argv', ['tool', *paths, '--device', 'cpu', *words])
    tool().main()


def test_it_reports_each_level_and_draws_sheets_and_tree(trained, monkeypatch, capsys):
    words = ('--out', str(trained / 'out.json'), '--pictures', str(trained / 'pictures'), '--k', '4')
    run(trained, monkeypatch, *words)
    report = json.loads((trained / 'out.json').read_text())['clusterings']
    assert list(report) == ['level 0', 'level 1', 'level 2', 'k-means 4']
    assert all(set(row) == {'clusters', 'images', 'nmi', 'ami', 'ari', 'acc'} for row in report.values())
    assert report['k-means 4']['clusters'] == 4 and report['level 0']['images'] == 10
    names = sorted(path.name for path in (trained / 'pictures').iterdir())
    assert names == ['k-means_4.png', 'level_0.png', 'level_1.png', 'level_2.png', 'tree.png']
    assert 'NMI' in capsys.readouterr().out


def test_evaluation_logs_the_clusters_from_the_first_clustering_on(trained):
    history = json.loads((trained / 'work/result.json').read_text())['history']
    assert not [name for name in history[0] if name.startswith('cluster/')]
    assert {f'cluster/{name}_{level}' for name in ('nmi', 'ami', 'ari', 'acc') for level in range(3)} <= set(
        history[1]
    )


def test_a_model_for_features_takes_the_clusters_of_the_checkpoint_and_no_queue(trained):
    learner = get_model(str(trained / 'hcsc.py'), trained / 'work/epoch_2.pth', 'cpu')
    stored = read_checkpoint(str(trained / 'work/epoch_2.pth'))['state_dict']
    assert torch.equal(learner.clusters[2].assignments, stored['clusters.assignments_2'])
    assert torch.equal(learner.clusters[0].parents, stored['clusters.parents_0'])
    assert not torch.equal(learner.memory.queue, stored['memory.queue'])


def test_a_checkpoint_from_before_the_first_clustering_needs_a_k(trained, monkeypatch):
    with pytest.raises(InputError, match='without --k'):
        run(trained, monkeypatch, checkpoint='epoch_1.pth')
