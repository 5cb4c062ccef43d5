"""The Python interface, and the tools that evaluate and extract."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.config import Config

from mmcl.apis import FeatureExtractor, get_model, list_models, load_weights, read_config
from mmcl.datasets.pack import pack_folder
from mmcl.utils.errors import InputError

ROOT = Path(__file__).resolve().parents[1]
CONFIG = """
default_scope = 'mmcl'
model = dict(
    type='PCL',
    data_preprocessor=dict(mean=[127.5], std=[64.0], views=[dict(type='RandomView', size=8)] * 2),
    backbone=dict(
        type='ResNet_CIFAR', depth=18, base_channels=4, stem_channels=4, norm_cfg=dict(type='BN'),
        zero_init_residual=False,
    ),
    neck=dict(type='MLP', in_channels=32, hidden_channels=16, out_channels=8, norm_cfg=None),
    encoder=dict(type='EMAPair', momentum=0.9),
    memory=dict(type='FeatureQueue', size=20, dim=8),
    negatives=dict(type='QueueNegatives'),
    head=dict(type='ContrastiveHead', temperature=0.2),
    clusters=dict(type='ClusterMemory', num_clusters=[3]),
    proto_head=dict(type='ContrastiveHead', temperature=0.2),
    num_negatives=4,
)
pipeline = [dict(type='PackViews')]
train_dataloader = dict(
    batch_size=8, num_workers=0, collate_fn=dict(type='default_collate'),
    sampler=dict(type='ResumableSampler'),
    dataset=dict(type='Digits', split='train', side=8, indices=120, pipeline=pipeline),
)
test_dataloader = dict(
    batch_size=16, num_workers=0, collate_fn=dict(type='default_collate'),
    sampler=dict(type='ResumableSampler', shuffle=False, round_up=True),
    dataset=dict(type='Digits', split='test', side=8, indices=40, pipeline=pipeline),
)
train_cfg = dict(type='ResumableEpochLoop', max_epochs=1)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=0.1))
test_cfg = dict()
test_evaluator = dict(type='KNNMetric', k=5)
custom_hooks = [dict(type='KNNHook')]
"""


@pytest.fixture(scope='module')
def run(tmp_path_factory):
    """A config, a checkpoint of it, and a folder of photographs in two classes with one bad file."""
    folder = tmp_path_factory.mktemp('run')
    (folder / 'tiny.py').write_text(CONFIG)
    learner = get_model(folder / 'tiny.py', device='cpu')
    torch.save(dict(state_dict=learner.state_dict()), folder / 'tiny.pth')
    rng = np.random.default_rng(0)
    for i in range(14):
        path = folder / 'images' / 'ab'[i % 2] / f'{9 - i // 2}.png'
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), rng.integers(0, 256, (11, 9 + i, 3), dtype=np.uint8))
    (folder / 'images' / 'a' / '8.png').write_bytes(b'no image')
    return folder


def images_of(folder):
    return sorted(str(path) for path in (folder / 'images').rglob('*.png'))


def test_models_are_listed_by_name_and_found_by_it():
    names = list_models()
    assert 'mocov2/r50_200e' in names
    assert not any('_base_' in name for name in names)
    assert {'mocov2/r50_200e', 'mocov3/vit-s_300e'} < set(list_models('moco')) < set(names)
    assert (
        set(list_models('mocov2'))
        >= set(list_models('mocov2/*'))
        == {n for n in names if n.startswith('mocov2/')}
    )


def test_an_unknown_config_is_refused_with_its_name():
    with pytest.raises(InputError, match='no config .mocov2/r51_200e.*mocov2/r'):
        read_config('mocov2/r51_200e')


def test_get_model_gives_the_checkpoints_weights_in_evaluation_mode(run):
    torch.manual_seed(5)
    learner = get_model(str(run / 'tiny.py'), run / 'tiny.pth', device='cpu')
    saved = torch.load(run / 'tiny.pth', weights_only=True)['state_dict']
    assert not learner.training
    for key, value in learner.backbone.state_dict().items():
        assert torch.equal(value, saved[f'backbone.{key}'])


@pytest.mark.parametrize('device', ['gpu', 'cuda:99', 'cpu:x'])
def test_a_device_that_there_is_not_gets_a_sentence_before_anything_is_read(device):
    with pytest.raises(InputError, match=f'device={device}. Expected .* cpu or cuda'):
        get_model('no/such/config', device=device)


def test_what_a_method_remembers_is_not_needed_for_its_features(run):
    saved = torch.load(run / 'tiny.pth', weights_only=True)['state_dict']
    saved = {key: value for key, value in saved.items() if key.split('.')[0] not in ('memory', 'clusters')}
    saved['clusters.assignments_0'] = torch.zeros(999)
    torch.save(saved, run / 'bare.pth')
    get_model(run / 'tiny.py', run / 'bare.pth', device='cpu')


def test_a_checkpoint_of_another_network_is_refused(run):
    learner = get_model(run / 'tiny.py', device='cpu')
    saved = learner.state_dict()
    torch.save({**saved, 'backbone.conv1.weight': torch.zeros(5, 3, 3, 3)}, run / 'wide.pth')
    with pytest.raises(InputError, match=r'backbone.conv1.weight of shape \(5, 3, 3, 3\).*\(4, 3, 3, 3\)'):
        load_weights(learner, run / 'wide.pth')
    del saved[next(key for key in saved if key.startswith('neck'))]
    torch.save(saved, run / 'short.pth')
    with pytest.raises(InputError, match='has no neck.*a checkpoint of PCL'):
        load_weights(learner, run / 'short.pth')


def test_extractor_gives_unit_features_of_arrays_as_the_network_does(run):
    extractor = FeatureExtractor(run / 'tiny.py', run / 'tiny.pth', device='cpu', batch_size=3)
    images = np.random.default_rng(0).integers(0, 256, (7, 8, 8, 3), dtype=np.uint8)
    features = extractor(images)
    assert features.shape == (7, 32) and features.dtype == torch.float32
    assert torch.allclose(features.norm(dim=1), torch.ones(7), atol=1e-5)
    inputs = (torch.from_numpy(images).permute(0, 3, 1, 2).float() - 127.5) / 64
    with torch.no_grad():
        expected = F.normalize(extractor.model.backbone(inputs)[-1].mean((2, 3)), dim=1)
    assert torch.allclose(features, expected, atol=1e-5)
    assert torch.allclose(extractor(images[0]), features[:1], atol=1e-5)
    assert torch.allclose(extractor([images[0][..., 0], images[1]])[1], features[1], atol=1e-5)
    assert extractor.paths == []


def test_extractor_reads_files_and_folders(run):
    extractor = FeatureExtractor(get_model(run / 'tiny.py', run / 'tiny.pth', device='cpu'))
    files = [path for path in images_of(run) if not path.endswith('a/8.png')]
    of_files = extractor(files)
    assert extractor.paths == files
    of_folder = extractor(run / 'images')
    assert [str(run / 'images' / path) for path in extractor.paths] == files
    assert torch.allclose(of_files, of_folder, atol=1e-6)
    assert torch.allclose(extractor(files[3]), of_files[3:4], atol=1e-6)


def test_extractor_reads_a_packed_store_as_its_folder(run, tmp_path):
    pack_folder(str(run / 'images'), str(tmp_path / 'images.tar'))
    extractor = FeatureExtractor(run / 'tiny.py', run / 'tiny.pth', device='cpu')
    of_folder, paths = extractor(run / 'images'), extractor.paths
    assert torch.equal(extractor(tmp_path / 'images.tar'), of_folder) and extractor.paths == paths


def test_extractor_names_what_it_cannot_use(run):
    extractor = FeatureExtractor(run / 'tiny.py', device='cpu')
    with pytest.raises(InputError, match='8.png: cannot be decoded'):
        extractor(str(run / 'images' / 'a' / '8.png'))
    with pytest.raises(InputError, match='type float64 and shape'):
        extractor(np.zeros((8, 8, 3)))
    with pytest.raises(InputError, match='Linear without its config'):
        FeatureExtractor(torch.nn.Linear(1, 1))


def tool(name, run, *args, processes=1):
    command = [sys.executable]
    if processes > 1:
        # without an address, torchrun waits for ever on a machine whose own name does not resolve
        command += ['-m', 'torch.distributed.run', '--standalone', '--local-addr=127.0.0.1']
        command += [f'--nproc_per_node={processes}']
        args += ('--launcher', 'pytorch')
    command += [str(ROOT / 'tools' / name), 'tiny.py', 'tiny.pth', *args]
    return subprocess.run(command, cwd=run, capture_output=True, text=True)


def test_extract_features_on_two_processes_writes_sorted_rows_and_how_they_were_made(run):
    done = tool('extract_features.py', run, '--data-root', 'images', '--out', 'out/f.npz', processes=2)
    assert done.returncode == 0, done.stderr
    data = np.load(run / 'out' / 'f.npz')
    assert data['paths'].tolist() == sorted(data['paths'].tolist())
    assert len(data['paths']) == 13 and 'a/8.png' not in data['paths']
    assert data['labels'].tolist() == [0] * 6 + [1] * 7
    assert data['features'].shape == (13, 32) and data['features'].dtype == np.float32
    extractor = FeatureExtractor(run / 'tiny.py', run / 'tiny.pth', device='cpu')
    assert np.allclose(extractor(run / 'images'), data['features'], atol=1e-5)
    assert extractor.paths == data['paths'].tolist()
    told = json.loads((run / 'out' / 'f.json').read_text())
    assert told['left_out'] == ['a/8.png'] and told['num_images'] == 13
    assert told['checkpoint'] == 'tiny.pth' and 'torch' in told['versions'] and 'device' in told
    assert done.stderr.count('left out: a/8.png') == 1


def test_test_reports_knn_as_json_with_its_protocol(run):
    done = tool('test.py', run, '--out', 'result.json', '--work-dir', 'work')
    assert done.returncode == 0, done.stderr
    told = json.loads((run / 'result.json').read_text())
    assert 0 < told['metrics']['knn/top1'] <= told['metrics']['knn/top5'] <= 100
    protocol = told['protocol']
    counts = [protocol[name] for name in ('k', 'temperature', 'bank_size', 'num_queries')]
    assert counts == [5, 0.1, 120, 40]
    assert protocol['view'] == ['PackViews'] and protocol['degraded'] is True
    assert {'config', 'checkpoint', 'seed', 'versions', 'device'} <= set(told)
    assert f'{told["metrics"]["knn/top1"]:.2f}' in done.stdout


def test_a_missing_checkpoint_ends_in_one_sentence(run):
    command = [sys.executable, str(ROOT / 'tools' / 'test.py'), str(run / 'tiny.py'), 'nowhere.pth']
    done = subprocess.run(command, cwd=run, capture_output=True, text=True)
    assert done.returncode == 2
    assert 'nowhere.pth' in done.stderr and 'Traceback' not in done.stderr


def test_config_objects_are_taken_as_they_are():
    cfg = Config(dict(model=dict()))
    assert read_config(cfg) is cfg
