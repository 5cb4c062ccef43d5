import numpy as np
import pytest
import torch
from mmengine.dataset import default_collate

from mmcl.datasets.transforms.packing import PackViews, collate_views
from mmcl.structures import labels, sample_idx


def results(img, **more):
    return dict(img=img, sample_idx=4, view_key=9, **more)


def test_one_image_becomes_channels_first_bytes():
    img = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    inputs = PackViews()(results(img))['inputs']
    assert inputs.dtype == torch.uint8 and inputs.shape == (3, 2, 4) and inputs.is_contiguous()
    assert np.array_equal(inputs.permute(1, 2, 0), img)


def test_flipped_and_cropped_views_are_packed_as_they_look():
    img = np.arange(48, dtype=np.uint8).reshape(4, 4, 3)[1:3, ::-1]
    assert np.array_equal(PackViews()(results(img))['inputs'].permute(1, 2, 0), img)


def test_views_stay_a_list_and_may_differ_in_size():
    views = [np.zeros((8, 8, 3), np.uint8), np.ones((4, 4, 3), np.uint8)]
    inputs = PackViews()(results(views))['inputs']
    assert [tuple(view.shape) for view in inputs] == [(3, 8, 8), (3, 4, 4)]


def test_what_is_known_travels_and_what_is_not_stays_away():
    sample = PackViews()(results(np.zeros((2, 2, 1), np.uint8), img_path='a.jpg', gt_label=3))['data_samples']
    assert sample.metainfo == dict(sample_idx=4, view_key=9, img_path='a.jpg')
    assert sample.gt_label.tolist() == [3]
    bare = PackViews()(results(np.zeros((2, 2, 1), np.uint8)))['data_samples']
    assert 'gt_label' not in bare and 'img_path' not in bare


def test_a_collated_batch_is_what_the_preprocessor_expects():
    pack = PackViews()
    items = [pack(results([np.full((2, 2, 3), i, np.uint8)] * 2, gt_label=i)) for i in range(3)]
    items.append(pack(results([np.full((2, 2, 3), 3, np.uint8)] * 2)))
    batch = default_collate(items)
    assert [tuple(view.shape) for view in batch['inputs']] == [(4, 3, 2, 2)] * 2
    assert labels(batch['data_samples']).tolist() == [0, 1, 2, -1]
    assert sample_idx(batch['data_samples']).tolist() == [4] * 4


@pytest.mark.parametrize('num_workers', [0, 1])
def test_views_are_collated_as_by_default_but_channels_last(num_workers):
    rng = np.random.default_rng(0)
    views = [[rng.integers(0, 256, (4, 5, 3), np.uint8) for _ in range(2)] for _ in range(3)]
    items = [PackViews()(results(pair, gt_label=1)) for pair in views]
    loader = torch.utils.data.DataLoader(items, 3, num_workers=num_workers, collate_fn=collate_views)
    (batch,), default = loader, default_collate(items)
    assert all(map(torch.equal, batch['inputs'], default['inputs']))
    assert all(view.is_contiguous(memory_format=torch.channels_last) for view in batch['inputs'])
    assert labels(batch['data_samples']).tolist() == [1] * 3


def test_single_images_are_collated_as_by_default():
    items = [PackViews()(results(np.full((2, 4, 3), i, np.uint8))) for i in range(3)]
    inputs = collate_views(items)['inputs']
    assert torch.equal(inputs, default_collate(items)['inputs']) and inputs.is_contiguous()
