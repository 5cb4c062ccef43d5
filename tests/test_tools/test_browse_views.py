import importlib.util
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config

from mmcl.datasets.samplers import EpochIndex
from mmcl.datasets.transforms import RandomView
from mmcl.registry import DATASETS
from mmcl.utils.errors import InputError

ROOT = Path(__file__).resolve().parents[2]
TOOL = ROOT / 'tools/visualization/browse_views.py'
VIEW = dict(type='RandomView', size=24, jitter=(0.4, 0.4, 0.4, 0.1))


@pytest.fixture
def make_rows():
    spec = importlib.util.spec_from_file_location('browse_views', TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.make_rows


@pytest.fixture
def folder(tmp_path) -> Path:
    rng = np.random.default_rng(0)
    for number in range(5):
        colours = rng.integers(0, 256, (4, 5, 3), dtype=np.uint8)
        cv2.imwrite(str(tmp_path / f'{number}.png'), cv2.resize(colours, (50 + number, 40)))
    return tmp_path


def config(folder: Path, in_pipeline: bool) -> Config:
    multi_view = [dict(type='MultiView', views=[VIEW, VIEW])] if in_pipeline else []
    resize = [] if in_pipeline else [dict(type='ResizeCenterCrop', resize=40, crop=40)]
    pipeline = [dict(type='LoadImage'), *resize, *multi_view, dict(type='PackViews')]
    dataset = dict(type='ImageFolder', data_root=str(folder), labels='none', pipeline=pipeline)
    preprocessor = {} if in_pipeline else dict(views=[VIEW, VIEW])
    return Config(
        dict(
            train_dataloader=dict(dataset=dataset),
            model=dict(data_preprocessor=preprocessor),
            randomness=dict(seed=3),
        )
    )


@pytest.mark.parametrize('in_pipeline', [True, False])
def test_the_sheet_shows_the_views_that_training_makes(make_rows, folder, in_pipeline):
    cfg = config(folder, in_pipeline)
    titles, originals, views = make_rows(cfg, num=3, epoch=2)
    assert titles == ['0', '2', '4']
    assert [view.shape for view in views] == [(3, 24, 24, 3)] * 2
    dataset = DATASETS.build({**cfg.train_dataloader.dataset, 'pipeline': [dict(type='LoadImage')]})
    for row, index in enumerate((0, 2, 4)):
        results = dataset[EpochIndex(index, 2, 3)]
        if in_pipeline:
            assert np.array_equal(originals[row], results['img'])
        for number in range(2):
            made = RandomView(**{k: v for k, v in VIEW.items() if k != 'type'})(
                {**results, 'img': originals[row], 'view_number': number}
            )
            # through the normalisation and back, or rounded once instead of after each operation
            apart = np.abs(made['img'].astype(int) - views[number][row])
            assert apart.max() <= 1 if in_pipeline else apart.mean() < 1


def test_more_images_than_there_are_shows_them_all(make_rows, folder):
    assert len(make_rows(config(folder, True), num=50, epoch=0)[0]) == 5


def test_a_wrapped_dataset_is_refused(make_rows, folder):
    cfg = config(folder, True)
    cfg.train_dataloader.dataset = dict(type='RepeatDataset', times=2, dataset=cfg.train_dataloader.dataset)
    with pytest.raises(InputError, match='RepeatDataset'):
        make_rows(cfg, num=3, epoch=0)


def test_the_command_writes_a_png_of_a_folder(folder, tmp_path):
    out = tmp_path / 'new' / 'views.png'
    command = [sys.executable, str(TOOL), str(ROOT / 'configs/mocov2/r50_200e.py')]
    subprocess.run(
        [*command, '--data-root', str(folder), '--num', '2', '--out', str(out)],
        check=True,
        capture_output=True,
    )
    sheet = cv2.imread(str(out))
    assert sheet.shape[1] > sheet.shape[0] > 200 and torch.from_numpy(sheet).float().std() > 20
