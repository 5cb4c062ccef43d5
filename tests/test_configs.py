"""Every config: it checks, builds, and trains two iterations; the published ones say what the sheets say."""

from functools import partial
from pathlib import Path

import pytest
import torch
from mmengine.config import Config

from mmcl.registry import MODELS
from mmcl.utils.cli import load_config
from mmcl.utils.config_check import check_custom_keys
from tests import shrink
from tests.test_datasets.test_cifar import cifar10, cifar100  # noqa: F401  fixtures
from tests.test_datasets.test_stl10 import stl10  # noqa: F401  a fixture

ROOT = Path(__file__).resolve().parents[1]
CONFIGS = sorted(
    str(p.relative_to(ROOT)) for p in (ROOT / 'configs').glob('*/*.py') if p.parent.name != '_base_'
)


def read(path: str) -> Config:
    return load_config(str(ROOT / path))


@pytest.mark.parametrize('path', CONFIGS)
def test_config_builds_its_full_model(path, monkeypatch):
    cfg = read(path)
    # wide networks without memory for their weights; MMPretrain's ResNet reads numbers from what linspace gives
    wide = cfg.model.backbone.get('base_channels', 64) > 64 or 'teacher' in cfg.model
    monkeypatch.setattr(torch, 'linspace', partial(torch.linspace, device='cpu'))
    with torch.device('meta' if wide else 'cpu'):
        model = MODELS.build(cfg.model)
    check_custom_keys(cfg, model)
    assert sum(p.numel() for p in model.backbone.parameters()) > 1e5


@pytest.mark.parametrize('path', CONFIGS)
def test_config_says_its_paper_its_result_and_its_command_in_the_first_line(path):
    first = (ROOT / path).read_text().splitlines()[0]
    assert first.startswith('# ') and ('https://arxiv.org/abs/' in first or 'CIFAR-10' in first)
    assert f'tools/train.py {path}' in first or f'tools/dist_train.sh {path}' in first


@pytest.mark.parametrize('path', CONFIGS)
def test_config_declares_its_base_batch_size(path):
    cfg = read(path)
    assert cfg.auto_scale_lr.base_batch_size % cfg.train_dataloader.batch_size == 0


@pytest.mark.parametrize('path', CONFIGS)
def test_config_trains_two_iterations_through_the_runner(path, tmp_path, request):
    from mmcl.engine.runner import ContrastiveRunner

    cfg = read(path)
    kind = cfg.train_dataloader.dataset.type
    if kind in ('CIFAR10', 'CIFAR100', 'STL10'):
        root = str(request.getfixturevalue(kind.lower()))
    else:
        root = dict(
            ImageNet=shrink.imagenet,
            ImageFolder=shrink.imagenet_lt,
            ReIDFolder=shrink.market1501,
            FashionMNIST=shrink.fashion_mnist,
            AlignedFolders=shrink.aligned_folders,
        )[kind](tmp_path / 'data')
    shrink.shrink(cfg, root, str(tmp_path / 'work'))
    runner = ContrastiveRunner.from_cfg(cfg)
    before = [p.detach().clone() for p in runner.model.parameters()]
    runner.train()
    assert runner.iter == len(runner.train_dataloader) >= 2  # class-balanced, more
    loss = runner.message_hub.get_scalar('train/loss').data[0]
    assert len(loss) == runner.iter and all(map(torch.isfinite, map(torch.as_tensor, loss)))
    assert any(not torch.equal(a, b) for a, b in zip(before, runner.model.parameters()))


# Leaves show their whole model, so each repeats the protocol's trunk; what a method needs instead stands here.
TRUNK = dict(
    type='ResNet_CIFAR',
    depth=18,
    base_channels=16,
    stem_channels=16,
    zero_init_residual=False,
    init_cfg=[],
)
OTHER_TRUNKS = dict(
    cmc=dict(type='ViewBackbones'),  # half of the width for each of two views
    loco=dict(TRUNK, type='LocalResNet_CIFAR'),  # the same network in units
)
PROTOCOL = [path for path in CONFIGS if '/r18w16' in path and path.endswith('_3e_fmnist.py')]


@pytest.mark.parametrize('path', PROTOCOL)
def test_a_config_of_protocol_fm_has_the_protocols_trunk_batch_and_epochs(path):
    cfg = read(path)
    trunk = OTHER_TRUNKS.get(path.split('/')[1], TRUNK)
    assert {key: cfg.model.backbone.get(key) for key in trunk} == trunk
    assert (cfg.train_dataloader.batch_size, cfg.train_cfg.max_epochs) == (256, 3)


def test_mocov2_is_the_published_recipe():
    cfg = read('configs/mocov2/r50_200e.py')
    assert cfg.optim_wrapper.optimizer == dict(type='SGD', lr=0.03, momentum=0.9, weight_decay=1e-4)
    assert cfg.train_cfg.max_epochs == 200 and cfg.auto_scale_lr.base_batch_size == 256
    assert (
        cfg.model.memory.size == 65536
        and cfg.model.encoder.momentum == 0.999
        and cfg.model.head.temperature == 0.2
    )
    assert cfg.param_scheduler == [dict(type='WarmupCosineLR', by_epoch=True)]
    view = cfg.train_dataloader.dataset.pipeline[1]['views'][0]
    assert (view.crop_scale, view.jitter, view.jitter_prob, view.grey_prob, view.blur_prob) == (
        (0.2, 1.0),
        (0.4, 0.4, 0.4, 0.1),
        0.8,
        0.2,
        0.5,
    )


def test_simclr_is_the_published_recipe():
    cfg = read('configs/simclr/r50_100e.py')
    assert cfg.optim_wrapper.optimizer == dict(
        type='LARS', lr=4.8, momentum=0.9, weight_decay=1e-6, lr_in_buffer=True
    )
    assert cfg.param_scheduler[0].warmup == 10 and cfg.auto_scale_lr.base_batch_size == 4096
    assert cfg.model.head.temperature == 0.1
    view = cfg.train_dataloader.dataset.pipeline[1]['views'][0]
    assert (view.crop_scale, view.jitter, view.interpolation) == (
        (0.08, 1.0),
        (0.8, 0.8, 0.8, 0.2),
        'bicubic',
    )


def test_byol_is_the_published_recipe():
    cfg = read('configs/byol/r50_300e.py')
    assert cfg.optim_wrapper.optimizer == dict(type='LARS', lr=4.8, momentum=0.9, weight_decay=1e-6)
    assert (cfg.model.encoder.momentum, cfg.model.encoder.end_momentum) == (0.99, 1.0)
    one, other = cfg.train_dataloader.dataset.pipeline[1]['views']
    assert (one.blur_prob, one.get('solarize_prob', 0.0)) == (1.0, 0.0)
    assert (other.blur_prob, other.solarize_prob) == (0.1, 0.2)
    assert one.jitter == (0.4, 0.4, 0.2, 0.1)
    assert read('configs/byol/r50_1000e.py').optim_wrapper.optimizer.weight_decay == 1.5e-6


@pytest.mark.parametrize('path, layers', [('configs/pcl/r50_200e.py', 1), ('configs/pcl/r50-v2_200e.py', 2)])
def test_pcl_is_the_published_recipe(path, layers):
    cfg = read(path)
    assert cfg.model.clusters.num_clusters == [25000, 50000, 100000]
    assert cfg.model.memory.size == cfg.model.num_negatives == 16384
    assert cfg.model.neck.get('num_layers', 2) == layers
    assert cfg.default_hooks.clustering.warmup_epochs == 20
    assert [t['type'] for t in cfg.default_hooks.clustering.pipeline] == [
        'LoadImage',
        'ResizeCenterCrop',
        'PackViews',
    ]


def test_hcsc_is_the_published_recipe():
    cfg = read('configs/hcsc/r50-multicrop_800e.py')
    assert cfg.model.clusters.num_clusters == [3000, 2000, 1000] and cfg.model.memory.size == 16384
    assert cfg.default_hooks.clustering.warmup_epochs == 80 and cfg.train_cfg.max_epochs == 800
    views = cfg.train_dataloader.dataset.pipeline[1]['views']
    assert [view.size for view in views] == [224, 224, 192, 160, 128, 96]
    assert views[-1].crop_scale == (0.086, 0.429)
    assert read('configs/hcsc/r50_200e.py').default_hooks.clustering.warmup_epochs == 20
