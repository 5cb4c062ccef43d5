"""A few labels, the same number of each class."""

import numpy as np
import pytest

from mmcl.datasets import ArrayDataset, ImageFolder
from mmcl.structures import labels
from mmcl.utils.errors import InputError

from .images import save

SIZES = (40, 100, 3)


class Classes(ArrayDataset):
    """40, 100 and 3 images of three classes, in a fixed disorder; image i is filled with i."""

    def load_arrays(self):
        found = np.random.default_rng(0).permutation(np.repeat(np.arange(3), SIZES))
        values = np.arange(len(found), dtype=np.uint8)
        return np.broadcast_to(values[:, None, None, None], (len(found), 2, 2, 1)).copy(), found


def classes(**labelled):
    return Classes(pipeline=[dict(type='PackViews')], labelled=labelled or None)


def counts(dataset):
    found = dataset.get_gt_labels()
    return np.bincount(found[found >= 0], minlength=3).tolist()


def test_a_share_keeps_that_share_of_each_class_and_at_least_one():
    assert counts(classes(share=0.1)) == [4, 10, 1]
    assert counts(classes(share=1.0)) == list(SIZES)


def test_a_number_keeps_that_number_of_each_class():
    assert counts(classes(per_class=3)) == [3, 3, 3]


def test_other_images_stay_without_a_label_or_are_left_out():
    some, only = classes(share=0.1), classes(share=0.1, only=True)
    known = some.get_gt_labels() >= 0
    assert len(some) == 143 and known.sum() == len(only) == 15
    kept = [int(item['inputs'][0, 0, 0]) for item in only]
    assert kept == np.flatnonzero(known).tolist()
    assert [item['data_samples'].sample_idx for item in only] == list(range(15))
    assert labels([item['data_samples'] for item in some]).tolist() == some.get_gt_labels().tolist()
    truth = classes().get_gt_labels()
    assert (some.get_gt_labels()[known] == truth[known]).all() and counts(only) == [4, 10, 1]


def test_the_choice_is_random_fixed_by_its_seed_and_grows_with_the_share():
    def rows(**labelled):
        return set(np.flatnonzero(classes(**labelled).get_gt_labels() >= 0))

    assert rows(share=0.1) == rows(share=0.1) and rows(share=0.1) != rows(share=0.1, seed=1)
    assert rows(share=0.1) < rows(share=0.3) < rows(share=1.0)
    assert max(rows(share=0.1)) > 100  # not the first ones


def test_indices_are_taken_first():
    data = Classes(pipeline=[dict(type='PackViews')], indices=(0, 50), labelled=dict(per_class=1, only=True))
    assert len(data) == len(set(classes().get_gt_labels()[:50])) and data.get_gt_labels().tolist() != []


def folder(tmp_path, **labelled):
    for i in range(8):
        save(tmp_path / 'abcd'[i % 2] / f'n{i}.png', i)
    return ImageFolder(str(tmp_path), labels='folders', pipeline=[], labelled=labelled)


def test_a_file_lists_the_images_by_name(tmp_path):
    (tmp_path / 'list.txt').write_text('n3.png\nn4.png\nelsewhere/n5.png\nn99.png\n')
    data = folder(tmp_path / 'data', file=str(tmp_path / 'list.txt'), only=True)
    assert sorted(info['img_path'][-6:] for info in map(data.get_data_info, range(3))) == [
        'n3.png',
        'n4.png',
        'n5.png',
    ]
    hidden = folder(tmp_path / 'data', file=str(tmp_path / 'list.txt'))
    assert len(hidden) == 8 and (hidden.get_gt_labels() >= 0).sum() == 3
    assert 'gt_label' not in hidden.get_data_info(0)


@pytest.mark.parametrize(
    'labelled, words',
    [
        (dict(), 'exactly one of'),
        (dict(share=0.1, per_class=3), 'exactly one of'),
        (dict(shares=0.1), 'keys among'),
        (dict(share=0), 'a share above 0'),
        (dict(share=1.5), 'at most 1'),
        (dict(per_class=0), 'at least one image'),
        (dict(per_class=4), '3 images of class 2'),
        (dict(file='list.txt'), 'for images in memory'),
        ('1%', 'a dict'),
    ],
)
def test_a_choice_that_cannot_be_made_is_an_error(labelled, words):
    with pytest.raises(InputError, match=words):
        Classes(pipeline=[], labelled=labelled)


def test_images_without_labels_are_an_error(tmp_path):
    save(tmp_path / 'a.png', 0)
    with pytest.raises(InputError, match='chooses none of 1 images, 0 of which have a label'):
        ImageFolder(str(tmp_path), pipeline=[], labelled=dict(share=0.5))
