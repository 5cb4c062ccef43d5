"""Folders with the same file names, as views of scenes."""

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from mmcl.datasets import AlignedFolders, EpochIndex
from mmcl.datasets.transforms import AlignedViews, PackViews
from mmcl.registry import DATASETS
from mmcl.utils.cli import load_config
from mmcl.utils.data_root import apply_data_root
from mmcl.utils.errors import InputError

from .images import picture, save, truncate

ROOT = Path(__file__).resolve().parents[2]
RECIPE = dict(type='RandomView', size=16, crop_scale=(0.2, 0.6))


@pytest.fixture()
def scenes(tmp_path):
    """Six scenes in two rooms, each twice: as PNG and as WebP without loss."""
    for i in range(6):
        name = f'{"ab"[i % 2]}/{i}'
        save(tmp_path / 'rgb' / f'{name}.png', i)
        path = tmp_path / 'again' / f'{name}.webp'
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture(i)).save(path, lossless=True)
    return tmp_path


def dataset(root, aligned=True, views=('rgb', 'again'), recipe=RECIPE, **kwargs):
    pipeline = [AlignedViews(views=recipe, aligned=aligned), PackViews()]
    return AlignedFolders(str(root), views=views, pipeline=pipeline, **kwargs)


def test_items_are_the_views_of_one_scene_in_the_order_of_the_folders(scenes):
    data = AlignedFolders(str(scenes), views=['rgb', 'again'], labels='folders')
    assert len(data) == 6 and data.metainfo['classes'] == ('a', 'b')
    for row in range(6):
        info = data.get_data_info(row)
        one, other = (os.path.relpath(path, scenes) for path in info['view_paths'])
        assert one.split(os.sep)[0] == 'rgb' and other.split(os.sep)[0] == 'again'
        assert os.path.splitext(one)[0][3:] == os.path.splitext(other)[0][5:]
        assert info['img_path'] == info['view_paths'][0]
        assert info['gt_label'] == 'ab'.index(one.split(os.sep)[1])


def test_all_folders_are_views_by_default(scenes):
    assert AlignedFolders(str(scenes)).views == ['again', 'rgb']


def test_aligned_views_show_the_same_part_of_the_scene(scenes):
    for index in range(6):
        one, other = dataset(scenes)[index]['inputs']
        assert one.shape == (3, 16, 16) and (one == other).all()


def test_views_of_other_sizes_are_cut_out_in_the_same_shares(scenes):
    for path in (scenes / 'again').rglob('*.webp'):
        image = np.array(Image.open(path))
        Image.fromarray(cv2.resize(image, None, fx=4, fy=4)).save(path, lossless=True)
    for index in range(6):
        one, other = dataset(scenes)[index]['inputs']
        assert (
            np.abs(one.numpy().astype(int) - other.numpy()).mean() < 8
        )  # of 255; a box is rounded to pixels


def test_without_alignment_each_view_has_a_draw_of_its_own(scenes):
    pairs = [dataset(scenes, aligned=False)[index]['inputs'] for index in range(6)]
    assert not any((one == other).all() for one, other in pairs)


def test_jitter_is_drawn_for_each_view_apart(scenes):
    recipe = dict(RECIPE, jitter=(0.8, 0.8, 0.8, 0.0), jitter_prob=1.0)
    pairs = [dataset(scenes, recipe=recipe)[index]['inputs'] for index in range(6)]
    assert not any((one == other).all() for one, other in pairs)


def test_views_change_with_the_epoch_and_are_repeated_with_it(scenes):
    data = dataset(scenes)
    first, again, later = (data[EpochIndex(2, epoch=epoch, seed=0)]['inputs'][1] for epoch in (0, 0, 1))
    assert (first == again).all() and not (first == later).all()


def test_a_scene_with_one_unreadable_view_is_replaced_by_the_next(scenes):
    broken = dataset(scenes, max_corrupt_share=0.5)
    truncate(next((scenes / 'again').rglob('2.webp')), 0.5)
    row = next(i for i in range(6) if broken.get_data_info(i)['img_path'].endswith('2.png'))
    assert broken[row]['data_samples'].sample_idx == (row + 1) % 6


def test_a_subset_keeps_views_together(scenes):
    part = dataset(scenes).get_subset([4, 1])
    for row in range(2):
        one, other = part.get_data_info(row)['view_paths']
        assert os.path.splitext(os.path.basename(one))[0] == os.path.splitext(os.path.basename(other))[0]


def test_a_missing_view_is_an_error_that_names_the_scene(scenes):
    next((scenes / 'again').rglob('3.webp')).unlink()
    with pytest.raises(InputError, match='1 of 6 scenes .* are missing in again .*b/3'):
        len(dataset(scenes))


def test_a_scene_twice_is_an_error(scenes):
    save(scenes / 'rgb' / 'a' / '0.jpg', 0)
    with pytest.raises(InputError, match='has twice .*a/0'):
        len(dataset(scenes))


def test_one_folder_is_refused(scenes):
    with pytest.raises(InputError, match='two folders or more'):
        AlignedFolders(str(scenes), views=['rgb'])


def test_images_of_another_dataset_are_refused():
    with pytest.raises(InputError, match='AlignedFolders'):
        AlignedViews(RECIPE)(dict(img_path='x.jpg', view_key=1))


def test_data_root_takes_a_folder_of_views_for_training_and_its_first_view_for_evaluation(scenes):
    (scenes / 'again').rename(scenes / 'depth')
    cfg = load_config(str(ROOT / 'configs/cmc/r18-aligned_200e.py'))
    apply_data_root(cfg, str(scenes))
    train, val = (DATASETS.build(loader.dataset) for loader in (cfg.train_dataloader, cfg.val_dataloader))
    assert [view.shape for view in train[0]['inputs']] == [(3, 224, 224)] * 2
    assert val[0]['inputs'].shape == (3, 224, 224) and len(train) == 4 and len(val) == 2


def test_the_layout_is_told_from_class_folders(scenes, tmp_path):
    assert AlignedFolders.has_layout(str(scenes)) and not AlignedFolders.has_layout(str(scenes / 'rgb'))
