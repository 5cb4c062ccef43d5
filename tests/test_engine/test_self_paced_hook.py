"""The hook that fills the hybrid memory and clusters it, in real runs on miniature sets."""

from pathlib import Path

import numpy as np
import pytest
import torch

from mmcl.engine.extract import with_pipeline
from mmcl.engine.hooks import SelfPacedHook
from mmcl.engine.runner import ContrastiveRunner
from mmcl.models.memories import HybridMemory
from mmcl.utils.cli import load_config
from mmcl.utils.errors import InputError
from tests import shrink
from tests.test_engine.resuming import assert_exact_resume

ROOT = Path(__file__).resolve().parents[2]


def config(name, tmp_path, epochs=1, images=24):
    cfg = load_config(str(ROOT / f'configs/spcl/{name}.py'))
    shrink.shrink(cfg, shrink.market1501(tmp_path / 'data', images), str(tmp_path / 'run'), epochs)
    cfg.train_dataloader.sampler.length = 2 * images if 'personx' in name else images
    cfg.custom_hooks[-1].update(k1=5, k2=2, eps=0.5)  # several clusters of so few images
    return cfg


def test_memory_starts_from_the_embeddings_of_the_untrained_network(tmp_path):
    cfg = config('r50_50e_market1501', tmp_path)
    cfg.train_cfg.max_epochs, cfg.optim_wrapper.optimizer.lr = 1, 0.0
    runner = ContrastiveRunner.from_cfg(cfg)
    hook = next(hook for hook in runner.hooks if isinstance(hook, SelfPacedHook))
    seen = {}
    original = hook._cluster

    def look(run, memory):
        seen['bank'] = memory.bank.clone()
        dataset = run.train_dataloader.dataset
        plain = torch.stack([hook_view(dataset, cfg, i) for i in range(len(dataset))])
        learner = run.model.eval()
        with torch.no_grad():
            seen['expected'] = learner.embed(learner.data_preprocessor(dict(inputs=plain))['inputs'])
        learner.train()
        original(run, memory)

    hook._cluster = look
    runner.train()
    torch.testing.assert_close(seen['bank'], seen['expected'], rtol=1e-4, atol=1e-5)
    memory = runner.model.memory
    assert int(memory.epoch) == 0 and len(memory.labels) == 24
    assert np.array_equal(runner.train_loop.sampler.groups, memory.labels.numpy())
    assert 'reid/mAP' in (tmp_path / 'run/result.json').read_text()


def hook_view(dataset, cfg, i):
    return with_pipeline(dataset, cfg.custom_hooks[0].pipeline)[i]['inputs']


def test_source_rows_are_the_means_of_their_classes(tmp_path):
    runner = ContrastiveRunner.from_cfg(config('r50-personx_50e_market1501', tmp_path))
    runner.train()
    memory = runner.model.memory
    assert memory.num_source == 4 and len(memory.bank) == 4 + 24
    assert memory.labels[:4].tolist() == [0, 1, 2, 3] and memory.labels[4:].min() == 4
    assert (memory.bank.norm(dim=1) - 1).abs().max() < 1e-5


def test_obvious_groups_become_clusters_and_the_threshold_stays():
    hook, memory = SelfPacedHook(k1=8), HybridMemory(16)
    truth = torch.arange(40) % 4
    centers = torch.eye(4, memory.dim)
    memory.fill(torch.empty(0, memory.dim), centers[truth] + 0.05 * torch.randn(40, memory.dim))
    labels, threshold = hook._labels(memory.bank, memory)
    for i in range(40):
        same = labels == labels[i]
        assert (truth[same] == truth[i]).all()
    assert len(labels.unique()) < 20 and 0 <= threshold <= 1
    memory.assign(labels, 0, threshold)
    assert hook._labels(memory.bank, memory)[1] == threshold


def test_unreadable_images_are_in_nothing(tmp_path):
    cfg = config('r50_50e_market1501', tmp_path)
    broken = sorted((tmp_path / 'data').rglob('bounding_box_train/*.jpg'))[3]
    broken.write_bytes(broken.read_bytes()[:200])
    runner = ContrastiveRunner.from_cfg(cfg)
    runner.train()
    assert runner.model.memory.labels[3] == -1
    assert 3 not in runner.train_loop.sampler.order()


@pytest.mark.parametrize('name, processes', [('r50_50e_market1501', 1), ('r50-personx_50e_market1501', 2)])
def test_a_killed_run_on_folders_ends_where_the_unbroken_one_does(name, processes, tmp_path):
    cfg = config(name, tmp_path, epochs=2, images=32)
    steps = (64 if 'personx' in name else 32) // (8 * processes)
    assert_exact_resume(cfg.to_dict(), tmp_path, kill_at=2 * steps - 1, save_every=2, processes=processes)


def test_a_memory_of_another_dataset_is_refused(tmp_path):
    runner = ContrastiveRunner.from_cfg(config('r50_50e_market1501', tmp_path))
    runner.model.memory.fill(torch.empty(0, 64), torch.randn(5, 64))
    with pytest.raises(InputError, match='0 source classes and 5 images.*0 and 24'):
        runner.train()


def test_a_model_without_a_hybrid_memory_and_settings_out_of_range_are_refused(tmp_path):
    for settings, words in (
        (dict(eps=1.5), 'eps=1.5'),
        (dict(eps_gap=0.5), 'eps_gap=0.5'),
        (dict(k1=0), 'k1=0'),
        (dict(keep=0), 'keep=0'),
    ):
        with pytest.raises(InputError, match=words):
            SelfPacedHook(**settings)
    cfg = load_config(str(ROOT / 'configs/simclr/r18w16_3e_fmnist.py'))
    shrink.shrink(cfg, shrink.fashion_mnist(tmp_path / 'data'), str(tmp_path / 'run'))
    cfg.custom_hooks = [dict(type='SelfPacedHook')]
    cfg.val_cfg = cfg.val_dataloader = cfg.val_evaluator = None
    with pytest.raises(InputError, match='memory is NoneType.*HybridMemory'):
        ContrastiveRunner.from_cfg(cfg).train()
