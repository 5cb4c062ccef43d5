import pickle

import cv2
import numpy as np
import pytest
import torch
from mmengine.dataset import Compose, ConcatDataset, default_collate
from torch.utils.data import DataLoader

from mmcl.datasets import ArrayDataset, EpochIndex, ImageFolder, ResumableSampler
from mmcl.datasets.base import rows_of
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix

from .images import save, truncate

PHOTO = [dict(type='LoadImage'), dict(type='PackViews')]


class Numbers(ArrayDataset):
    """Image i is filled with i."""

    METAINFO = dict(classes=('even', 'odd'))

    def load_arrays(self):
        values = np.arange(10, dtype=np.uint8)
        return np.broadcast_to(values[:, None, None, None], (10, 4, 4, 1)).copy(), values.astype(np.int64) % 2


def numbers(**kwargs):
    return Numbers(pipeline=[dict(type='PackViews')], **kwargs)


def folder(tmp_path, num, bad=(), **kwargs):
    for i in range(num):
        path = save(tmp_path / f'{i:02d}.jpg', i)
        if i in bad:
            truncate(path)
    return ImageFolder(str(tmp_path), pipeline=PHOTO, **kwargs)


@pytest.mark.parametrize(
    'indices, rows',
    [
        (None, range(10)),
        (3, range(3)),
        (-2, [8, 9]),
        ((4, 7), [4, 5, 6]),
        ([4, 7], [4, 7]),
        ((9, 10), [9]),
        ((1, 2, 5), [1, 2, 5]),
    ],
)
def test_indices_choose_rows(indices, rows):
    assert rows_of(indices, 10).tolist() == list(rows)
    subset = numbers(indices=indices)
    assert [int(item['inputs'][0, 0, 0]) for item in subset] == list(rows)
    assert [item['data_samples'].sample_idx for item in subset] == list(range(len(rows)))
    assert subset.get_gt_labels().tolist() == [row % 2 for row in rows]


def test_parts_of_a_random_order_do_not_overlap_and_keep_the_order_of_rows():
    held_out = rows_of(dict(stop=300), 1000)
    rest = rows_of(dict(start=300), 1000)
    assert len(held_out) == 300 and sorted([*held_out, *rest]) == list(range(1000))
    assert held_out.tolist() == sorted(held_out) and 350 < held_out.mean() < 650
    assert rows_of(dict(start=300, stop=400), 1000).tolist() == sorted(
        set(rest) - set(rows_of(dict(start=400), 1000))
    )


@pytest.mark.parametrize(
    'indices',
    [0, 11, -11, (3, 3), (5, 11), (-1, 4), [], [10], [-1], dict(stop=11), dict(start=3, stop=3), dict(end=3)],
)
def test_indices_outside_the_set_are_an_error(indices):
    with pytest.raises(InputError, match='for a dataset of 10 images'):
        numbers(indices=indices)


def test_view_key_is_a_function_of_seed_epoch_and_index():
    item = numbers()[EpochIndex(7, epoch=3, seed=11)]['data_samples']
    assert item.view_key == int(mix(11, 3, 7)) >> 1
    assert 0 <= item.view_key < 2**63
    assert numbers()[7]['data_samples'].view_key == int(mix(0, 0, 7)) >> 1


def test_a_whole_batch_gives_what_single_images_give():
    data = numbers()
    indices = [EpochIndex(i, 2, 5) for i in (3, 9, 0)]
    for one, other in zip((data[i] for i in indices), data.__getitems__(indices)):
        assert torch.equal(one['inputs'], other['inputs'])
        assert one['data_samples'].metainfo == other['data_samples'].metainfo


def test_keys_pass_through_concatenated_datasets():
    both = ConcatDataset([numbers(), numbers()])
    assert both[EpochIndex(14, 3, 11)]['data_samples'].view_key == int(mix(11, 3, 4)) >> 1


@pytest.mark.parametrize('workers', [0, 2])
def test_batches_are_equal_for_any_number_of_workers(workers, tmp_path):
    data = folder(tmp_path, 12, bad=[4], max_corrupt_share=0.5)

    def batches(num_workers):
        sampler = ResumableSampler(data, seed=3)
        loader = DataLoader(data, 3, sampler=sampler, num_workers=num_workers, collate_fn=default_collate)
        for epoch in range(2):
            sampler.set_epoch(epoch)
            for batch in loader:
                yield batch['inputs'], [sample.metainfo for sample in batch['data_samples']]

    for (inputs, infos), (expected, expected_infos) in zip(batches(workers), batches(0), strict=True):
        assert torch.equal(inputs, expected) and infos == expected_infos


@pytest.mark.parametrize('workers', [1, 2])
def test_random_views_depend_on_the_epoch_and_not_on_workers(workers, tmp_path):
    data = folder(tmp_path, 8)
    views = [dict(type='RandomView', size=8)] * 2
    data.pipeline = Compose(
        [dict(type='LoadImage'), dict(type='MultiView', views=views), dict(type='PackViews')]
    )

    def epoch(number, num_workers):
        sampler = ResumableSampler(data, shuffle=False, seed=3)
        sampler.set_epoch(number)
        (batch,) = DataLoader(data, 8, sampler=sampler, num_workers=num_workers, collate_fn=default_collate)
        return torch.stack(batch['inputs'])

    first, second = epoch(0, 0), epoch(1, 0)
    assert torch.equal(epoch(0, workers), first) and torch.equal(epoch(1, workers), second)
    assert (first != second).flatten(2).any(2).all() and (first[0] != first[1]).flatten(1).any(1).all()


def test_in_memory_images_are_not_copied_for_subsets_or_handed_out_writable():
    data = numbers()
    assert np.shares_memory(data.get_data_info(3)['img'], data.images)
    data[3]['inputs'].fill_(99)
    assert data.images[3].max() == 3


@pytest.mark.parametrize('make', [lambda path: numbers(), lambda path: folder(path, 10)])
def test_mmengines_interface_holds(make, tmp_path):
    data = make(tmp_path)
    assert len(data) == 10 and data[-1]['data_samples'].sample_idx == 9
    assert len(list(data)) == 10
    with pytest.raises(IndexError):
        data[10]
    subset = data.get_subset([5, 2])
    assert (len(subset), len(data)) == (2, 10)
    assert torch.equal(subset[0]['inputs'], data[5]['inputs']) and subset[0]['data_samples'].sample_idx == 0
    data.get_subset_(-1)
    assert len(data) == 1 and len(list(data)) == 1
    again = pickle.loads(pickle.dumps(subset))
    assert torch.equal(again[1]['inputs'], subset[1]['inputs'])


def test_lazy_datasets_read_nothing_until_asked():
    data = numbers(lazy_init=True)
    assert not hasattr(data, 'images')
    assert data.metainfo['classes'] == ('even', 'odd')
    data.full_init()
    assert data.images.shape == (10, 4, 4, 1) and data.get_cat_ids(3) == [1]


def test_a_truncated_image_gives_way_to_the_next_good_one_under_its_own_index(tmp_path):
    data = folder(tmp_path, 12, bad=[4, 5, 11], max_corrupt_share=0.5)
    for index, taken in [(3, 3), (4, 6), (5, 6), (11, 0), (4, 6)]:
        item = data[EpochIndex(index, epoch=2, seed=9)]
        assert item['data_samples'].sample_idx == taken
        assert item['data_samples'].view_key == int(mix(9, 2, taken)) >> 1
        assert torch.equal(item['inputs'], data[taken]['inputs'])
        assert item['data_samples'].img_path.endswith(f'{taken:02d}.jpg')


def test_a_file_that_vanishes_gives_way_too(tmp_path):
    data = folder(tmp_path, 12)
    (tmp_path / '03.jpg').unlink()
    assert data[3]['data_samples'].sample_idx == 4


def test_too_many_bad_images_stop_loading(tmp_path):
    data = folder(tmp_path, 12, bad=[4, 8])
    assert data[4]['data_samples'].sample_idx == 5
    with pytest.raises(
        InputError, match='2 of 12 images cannot be decoded.*at most 10% unreadable.*max_corrupt_share'
    ):
        data[8]


def test_bad_images_are_counted_over_all_workers_and_the_error_stays_one_sentence(tmp_path):
    data = folder(tmp_path, 20, bad=[1, 6, 11], max_corrupt_share=0.11)
    loader = DataLoader(data, 5, num_workers=2, collate_fn=default_collate)
    with pytest.raises(InputError) as caught:
        list(loader)
    assert str(caught.value).startswith('3 of 20 images cannot be decoded in') and '\n' not in str(
        caught.value
    )
    assert int(data._failed.sum()) == 3


def test_a_pipeline_that_refuses_every_image_is_an_error():
    with pytest.raises(InputError, match='None of the 10 images of Numbers'):
        Numbers(pipeline=[lambda results: None])[0]


def threads(results):
    return cv2.getNumThreads(), torch.get_num_threads()


def test_a_loader_worker_has_one_thread_in_opencv_and_in_pytorch():
    before = cv2.getNumThreads()
    cv2.setNumThreads(4)
    try:
        data = Numbers(pipeline=[threads])
        assert set(DataLoader(data, 5, num_workers=2, collate_fn=lambda batch: batch[0])) == {(1, 1)}
        data[0]
        assert cv2.getNumThreads() == 4, 'only workers are held to one'
    finally:
        cv2.setNumThreads(before)


def test_a_foreign_transform_of_an_image_that_is_not_decoded_is_refused(tmp_path):
    save(tmp_path / '0.jpg', 0)
    pipeline = [dict(type='LoadImage', defer=True), dict(type='Resize', scale=8), dict(type='PackViews')]
    with pytest.raises(InputError, match=r'Resize of mmcv follows LoadImage\(defer=True\)'):
        ImageFolder(str(tmp_path), pipeline=pipeline)
    pipeline[0] = dict(type='LoadImage')
    assert ImageFolder(str(tmp_path), pipeline=pipeline)[0]['inputs'].shape[1:] == (8, 8)
