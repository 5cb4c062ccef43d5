from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from mmcl.datasets import ResumableSampler
from mmcl.registry import DATASETS

from .test_fashion_mnist import miniature

BASES = Path(__file__).resolve().parents[2] / 'configs' / '_base_' / 'datasets'


@pytest.mark.parametrize('name', sorted(path.stem for path in BASES.glob('*.py')))
def test_a_leaf_merges_its_pipeline_and_every_dataset_builds(name, tmp_path):
    leaf = tmp_path / 'leaf.py'
    leaf.write_text(
        f"_base_ = ['{BASES / name}.py', 'views.py']\n"
        'train_dataloader = dict(batch_size=7, dataset=dict(pipeline=_base_.train_pipeline))\n'
    )
    (tmp_path / 'views.py').write_text("train_pipeline = [dict(type='LoadImage'), dict(type='PackViews')]\n")
    cfg = Config.fromfile(leaf)
    assert cfg.train_dataloader.batch_size == 7 and cfg.train_dataloader.drop_last
    assert cfg.test_dataloader == cfg.val_dataloader
    for loader, packs in [
        (cfg.train_dataloader, 2),
        (cfg.val_dataloader, len(cfg.val_dataloader.dataset.get('pipeline', ()))),  # or the leaf has it
    ]:
        dataset = DATASETS.build(dict(loader.dataset, lazy_init=True))
        assert len(dataset.pipeline.transforms) == packs
        assert not dataset._fully_initialized


def test_loaders_are_built_by_the_runner(tmp_path):
    cfg = Config.fromfile(BASES / 'fashion_mnist.py')
    for loader in (cfg.train_dataloader, cfg.val_dataloader):
        loader.dataset.data_root = miniature(tmp_path)
        loader.batch_size = 4
    train, val = (
        Runner.build_dataloader(loader, seed=3) for loader in (cfg.train_dataloader, cfg.val_dataloader)
    )
    assert isinstance(train.sampler, ResumableSampler) and train.sampler.seed == 3
    (batch,) = train
    assert batch['inputs'].shape == (4, 1, 32, 32) and len(batch['data_samples']) == 4
    assert [sample.sample_idx for batch in val for sample in batch['data_samples']] == [0, 1, 2, 3]
