"""SimCLR v2: pre-training with a memory, the published recipes, and the script that runs all stages."""

import argparse
import importlib.util
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from mmcl.utils.cli import add_config_options, load_config
from tests.test_models.tiny import batch, build, total

ROOT = Path(__file__).resolve().parents[3]
LARS = dict(type='LARS', momentum=0.9, lr_in_buffer=True)


def read(name, options=None):
    return load_config(str(ROOT / f'configs/simclrv2/{name}.py'), options)


def test_with_its_memory_the_loss_counts_the_batch_and_the_queue():
    learner = build('simclrv2')
    inputs, samples = batch()
    queue = learner.memory.read().double()
    value = total(learner.loss(inputs, samples)).item()
    twin = build('simclrv2')
    twin.encoder.target.load_state_dict(
        {key: value for key, value in twin.state_dict().items() if key.startswith(('backbone.', 'neck.'))}
    )
    q = [F.normalize(twin.project(view), dim=1) for view in inputs]
    k = [F.normalize(twin.encoder.target.neck(twin.encoder.target.backbone(view)), dim=1) for view in inputs]
    expected = 0.0
    for i, j in ((0, 1), (1, 0)):
        for n in range(6):
            negatives = [k[v][m] for v in (0, 1) for m in range(6) if m != n] + list(queue)
            logits = torch.stack([q[i][n] @ key for key in [k[j][n], *negatives]]) / 0.2
            expected -= logits.log_softmax(dim=0)[0].item() / 6
    assert value == pytest.approx(expected, rel=1e-6)


def test_the_memory_is_filled_by_the_moving_average_with_both_views():
    learner = build('simclrv2')
    learner.loss(*batch())
    assert learner.memory.pointer == 12
    assert not any(p.requires_grad for p in learner.encoder.target.parameters())


def test_pretraining_is_the_published_recipe():
    cfg = read('r50_800e')
    assert cfg.optim_wrapper.optimizer == LARS | dict(lr=6.4, weight_decay=1e-4)
    assert (cfg.train_cfg.max_epochs, cfg.param_scheduler[0].warmup) == (800, 40)
    assert (cfg.auto_scale_lr.base_batch_size, cfg.model.head.temperature) == (4096, 0.1)
    assert cfg.model.neck.num_layers == 3 and cfg.model.neck.last_norm == 'scale' and not cfg.model.neck.bias
    memory = read('r50-memory_800e').model
    assert (memory.memory.size, memory.encoder) == (65536, dict(type='EMAPair', momentum=0.999))


@pytest.mark.parametrize('net, lr', [('r50', 0.16), ('r50-2x-sk', 0.064), ('r152-3x-sk', 0.064)])
@pytest.mark.parametrize('labels, epochs, share', [('1pct', 60, 0.01), ('10pct', 30, 0.1)])
def test_fine_tuning_is_the_published_recipe(net, lr, labels, epochs, share):
    cfg, before = read(f'{net}-{labels}_{epochs}e'), read(f'{net}_800e')
    assert cfg.optim_wrapper.optimizer == LARS | dict(lr=lr, weight_decay=0)
    assert cfg.param_scheduler == [dict(type='WarmupCosineLR', by_epoch=True, convert_to_iter_based=True)]
    assert (cfg.train_cfg.max_epochs, cfg.auto_scale_lr.base_batch_size) == (epochs, 1024)
    assert cfg.train_dataloader.dataset.labelled == dict(share=share, only=True)
    (view,) = cfg.train_dataloader.dataset.pipeline[1]['views']
    assert view == dict(type='RandomView', size=224, crop_scale=(0.08, 1.0), interpolation='bicubic')
    assert cfg.model.neck.in_channels == before.model.neck.in_channels
    assert cfg.model.pretrained == f'work_dirs/simclrv2/{net}_800e/epoch_800.pth'
    for part in ('type', 'depth', 'base_channels', 'stem_channels'):
        assert cfg.model.backbone.get(part) == before.model.backbone.get(part)


def test_distillation_is_the_published_recipe():
    big, small = read('r152-3x-sk-distill_400e'), read('r50-distill_400e')
    for cfg, temperature in ((big, 0.1), (small, 1.0)):
        assert cfg.optim_wrapper.optimizer == LARS | dict(lr=6.4, weight_decay=1e-4)
        assert (cfg.train_cfg.max_epochs, cfg.param_scheduler[0].warmup) == (400, 20)
        assert (cfg.model.head.temperature, cfg.model.head.get('alpha', 1.0)) == (temperature, 1.0)
    assert big.model.backbone == big.model.teacher.backbone == small.model.teacher.backbone
    assert small.model.backbone.type == 'ResNet' and small.model.teacher.neck is None
    assert read('r50-distill-labels_400e').model.head.alpha == 0.5


@pytest.fixture(scope='module')
def script():
    spec = importlib.util.spec_from_file_location('simclrv2_fm', ROOT / 'benchmarks/simclrv2_fm.py')
    module = importlib.util.module_from_spec(spec)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(ROOT / 'benchmarks'))  # as when it is run
        spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize('labels', ['1pct', '10pct'])
@pytest.mark.parametrize('trial', [False, True])
def test_the_script_hands_each_stage_the_checkpoint_of_the_one_before(script, labels, trial, tmp_path):
    words = ['--labels', labels, '--work-dir', str(tmp_path), '--seed', '4', *(['--trial'] if trial else [])]
    parser = argparse.ArgumentParser()
    add_config_options(parser)
    made, stages = [], {}
    for stage in script.stages(script.parse_args(words)):
        cfg = read(stage.config, parser.parse_args(['--cfg-options', *stage.options]).cfg_options)
        stages[stage.work_dir.name] = cfg
        source = cfg.model.get('teacher', cfg.model).get('pretrained')
        assert source is None or source == str(made[-1]) or source in map(str, made)
        stage.work_dir.mkdir(parents=True)
        made.append(stage.work_dir / f'epoch_{cfg.train_cfg.max_epochs}.pth')
        (stage.work_dir / 'last_checkpoint').write_text(str(made[-1]))
        assert cfg.randomness.seed == 4
        assert cfg.val_dataloader.dataset.split == ('train' if trial else 'test')
    share = 0.01 if labels == '1pct' else 0.1
    tuned, small = stages['2_finetune'], stages['3_distill_small_labels']
    assert tuned.model.pretrained.endswith('1_pretrain/epoch_3.pth')
    assert stages['0_scratch'].model.pretrained is None
    assert stages['3_distill_self'].model.teacher.pretrained == str(made[2])
    assert tuned.train_dataloader.dataset.labelled == dict(share=share, only=True)
    assert small.train_dataloader.dataset.labelled == dict(share=share)
