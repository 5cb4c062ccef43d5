"""Long-tailed sets: how many images of which class, and which."""

import numpy as np
import pytest

from mmcl.datasets import ArrayDataset, ImageFolder
from mmcl.datasets.long_tail import long_tail_counts
from mmcl.utils.errors import InputError

from .images import save


class Balanced(ArrayDataset):
    """100 images of each of 10 classes in a fixed disorder; image i is filled with i's last byte."""

    def load_arrays(self):
        found = np.random.default_rng(0).permutation(np.repeat(np.arange(10), 100))
        values = np.arange(len(found)).astype(np.uint8)
        return np.broadcast_to(values[:, None, None, None], (len(found), 2, 2, 1)).copy(), found


def made(**long_tail):
    return Balanced(pipeline=[dict(type='PackViews')], long_tail=long_tail)


@pytest.mark.parametrize(
    'classes, largest, total', [(100, 500, 10_847), (10, 5000, 12_406), (10, 6000, 14_886)]
)
def test_exponential_sets_of_imbalance_100_have_the_published_sizes(classes, largest, total):
    counts = long_tail_counts(largest, classes, 100)
    assert counts.sum() == total and counts[0] == largest and counts[-1] == largest // 100
    assert (np.diff(counts) <= 0).all()
    assert counts.tolist() == [int(largest * 0.01 ** (c / (classes - 1))) for c in range(classes)]


@pytest.mark.parametrize('imbalance, first, last', [(10, 5000, 500), (50, 5000, 100), (1, 5000, 5000)])
def test_the_imbalance_is_the_first_class_over_the_last(imbalance, first, last):
    for profile in ('exp', 'pareto'):
        counts = long_tail_counts(5000, 10, imbalance, profile)
        assert counts[0] == first and (counts[-1] == last or profile == 'pareto') and counts[-1] >= last


def test_a_pareto_set_is_about_as_long_tailed_as_imagenet_lt():
    counts = long_tail_counts(1280, 1000, 256, 'pareto')
    assert (counts[0], counts[-1]) == (1280, 5) and (np.diff(counts) <= 0).all()
    assert counts.sum() == pytest.approx(115_846, rel=0.02)
    assert (counts > 100).sum() == pytest.approx(385, abs=10)  # of ImageNet-LT


def test_a_set_keeps_those_numbers_of_images_in_their_order_and_with_their_labels():
    data = made(imbalance=50)
    labels = data.get_gt_labels()
    assert np.bincount(labels).tolist() == long_tail_counts(100, 10, 50).tolist()
    truth = Balanced(pipeline=[])
    kept = [int(item['inputs'][0, 0, 0]) for item in data]
    rows = [row for row in range(1000) if truth.gt_labels[row] == 9]
    assert sum(label == 9 for label in labels) == 2
    assert all(value in [row % 256 for row in rows] for value, label in zip(kept, labels) if label == 9)
    assert [item['data_samples'].sample_idx for item in data] == list(range(len(data)))
    assert [int(item['data_samples'].gt_label) for item in data] == labels.tolist()


def test_the_choice_is_fixed_by_its_seed_and_grows_as_the_imbalance_falls():
    def rows(**long_tail):
        data = made(**long_tail)
        return {(int(image[0, 0, 0]), int(label)) for image, label in zip(data.images, data.gt_labels)}

    assert rows(imbalance=100) == rows(imbalance=100) != rows(imbalance=100, seed=1)
    assert rows(imbalance=100) < rows(imbalance=10) < rows(imbalance=1)


def test_indices_come_before_and_labels_after():
    data = Balanced(pipeline=[], indices=(0, 500), long_tail=dict(imbalance=5), labelled=dict(per_class=3))
    counts = np.bincount(Balanced(pipeline=[]).gt_labels[:500], minlength=10)
    expected = np.minimum(long_tail_counts(counts.max(), 10, 5), counts)
    assert len(data) == expected.sum() and (data.get_gt_labels() >= 0).sum() == 30


def test_class_folders_can_be_long_tailed_and_a_class_with_too_few_keeps_all(tmp_path):
    for label, number in zip('abc', (8, 2, 8)):
        for i in range(number):
            save(tmp_path / label / f'{i}.png', i)
    data = ImageFolder(str(tmp_path), labels='folders', pipeline=[], long_tail=dict(imbalance=4))
    assert np.bincount(data.get_gt_labels()).tolist() == [8, 2, 2]
    assert sorted({info['img_path'].split('/')[-2] for info in map(data.get_data_info, range(12))}) == list(
        'abc'
    )


@pytest.mark.parametrize(
    'long_tail, words',
    [
        (dict(), 'a dict with imbalance'),
        (dict(imbalance=0.5), 'at least 1'),
        (dict(imbalance=10, profil='exp'), 'keys among'),
        (dict(imbalance=10, profile='zipf'), "'exp' or 'pareto'"),
        (dict(imbalance=10, profile='pareto', power=0), 'a power above 0'),
        (100, 'a dict'),
    ],
)
def test_a_tail_that_cannot_be_made_is_an_error(long_tail, words):
    with pytest.raises(InputError, match=words):
        Balanced(pipeline=[], long_tail=long_tail)


def test_images_without_labels_are_an_error(tmp_path):
    save(tmp_path / 'a.png', 0)
    with pytest.raises(InputError, match='for 1 images without labels'):
        ImageFolder(str(tmp_path), pipeline=[], long_tail=dict(imbalance=2))
