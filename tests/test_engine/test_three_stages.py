"""SimCLR v2's stages through the runner: what each reports, what it starts from, and how it resumes."""

import itertools
import json
import os
from pathlib import Path

import pytest
import torch

from mmcl.engine.checkpoint import read_checkpoint
from mmcl.engine.runner import ContrastiveRunner
from mmcl.utils.cli import load_config
from mmcl.utils.errors import InputError
from tests import shrink

ROOT = Path(__file__).resolve().parents[2]
_RUNS = itertools.count()


def train(name, data, work_dir, changes=None, epochs=1):
    """Train a shrunk config; gives its last checkpoint."""
    cfg = load_config(str(ROOT / f'configs/simclrv2/{name}.py'))
    shrink.shrink(cfg, data, str(work_dir), epochs)
    cfg.merge_from_dict(changes or {})
    cfg.default_hooks.checkpoint.interval = 1
    cfg.experiment_name = f'stage{next(_RUNS)}'
    ContrastiveRunner.from_cfg(cfg).train()
    return str(work_dir / f'epoch_{epochs}.pth')


@pytest.fixture(scope='module')
def pretrained(tmp_path_factory):
    """A data set and a network pre-trained on it."""
    folder = tmp_path_factory.mktemp('stages')
    data = shrink.fashion_mnist(folder / 'data', 40)
    options = {'model.neck.last_bias': True, 'train_cfg.val_interval': 1}
    return data, train('r18w16_3e_fmnist', data, folder / 'one', options)


def test_fine_tuning_starts_from_pretraining_and_reports_accuracy_and_labels(pretrained, tmp_path):
    data, checkpoint = pretrained
    few = dict(share=0.5, only=True)
    options = {
        'model.pretrained': checkpoint,
        'train_dataloader.dataset.labelled': few,
        'optim_wrapper.optimizer.lr': 0.0,  # so that what it started from can be seen
    }
    last = train('r18w16-1pct_60e_fmnist', data, tmp_path, options)
    before, after = (read_checkpoint(path)['state_dict'] for path in (checkpoint, last))
    for key in ('backbone.conv1.weight', 'neck.layers.0.weight', 'neck.layers.1.bias'):
        assert torch.equal(before[key], after[key])
    assert (after['head.fc.weight'] == 0).all() and 'neck.layers.3.weight' not in after
    report = json.loads((tmp_path / 'result.json').read_text())
    assert report['history'][-1].keys() >= {'accuracy/top1', 'accuracy/top5'}
    assert report['protocol']['num_queries'] == report['evaluated_on']['images'] == 10
    assert report['evaluated_on']['split'] == 'test'
    assert report['trained_on'] == dict(dataset='FashionMNIST', images=20, split='train', labelled=few)


@pytest.mark.parametrize(
    'name, key', [('r18w16-1pct_60e_fmnist', 'model'), ('r18w16-distill_3e_fmnist', 'teacher')]
)
def test_a_run_resumes_bit_for_bit_without_the_file_it_started_from(name, key, pretrained, tmp_path):
    data, source = pretrained
    if key == 'teacher':
        source = train('r18w16-1pct_60e_fmnist', data, tmp_path / 'two', {'model.pretrained': source})
    file = tmp_path / 'source.pth'
    file.write_bytes(Path(source).read_bytes())
    options = {'model.pretrained' if key == 'model' else 'model.teacher.pretrained': str(file)}
    last = train(name, data, tmp_path / 'run', options, epochs=2)
    straight = read_checkpoint(last)['state_dict']
    os.remove(last)
    os.remove(tmp_path / 'run' / 'last_checkpoint')
    os.remove(file)
    train(name, data, tmp_path / 'run', {**options, 'resume': True}, epochs=2)
    resumed = read_checkpoint(last)['state_dict']
    assert all(torch.equal(straight[name], resumed[name]) for name in straight)


def test_without_its_file_a_stage_does_not_start(pretrained, tmp_path):
    with pytest.raises(InputError, match='no checkpoint .*nowhere.pth'):
        train('r18w16-1pct_60e_fmnist', pretrained[0], tmp_path, {'model.pretrained': 'nowhere.pth'})
