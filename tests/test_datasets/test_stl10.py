"""STL-10 in its published layout, in miniature."""

import hashlib

import numpy as np
import pytest
import torchvision.datasets

from mmcl.datasets import STL10
from mmcl.utils.errors import InputError

COUNTS = dict(train=4, test=12, unlabeled=12)


def pixels(name):
    """(N, 3, 96, 96); the files hold columns before rows."""
    return np.random.default_rng(len(name)).integers(0, 256, (COUNTS[name], 3, 96, 96), dtype=np.uint8)


@pytest.fixture
def stl10(tmp_path, monkeypatch):
    """The binary files with a few images each, and torchvision's checksums of them."""
    folder, reader, sums = tmp_path / 'stl10_binary', torchvision.datasets.STL10, {}
    folder.mkdir()
    contents = {f'{name}_X.bin': pixels(name).transpose(0, 1, 3, 2).tobytes() for name in COUNTS}
    contents.update({'train_y.bin': bytes([1, 2, 10, 4]), 'test_y.bin': bytes([3] * 12)})
    contents['class_names.txt'] = '\n'.join(f'class{i}' for i in range(10)).encode()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
        sums[name] = hashlib.md5(content).hexdigest()
    for names, target in (
        (('train_X.bin', 'train_y.bin', 'unlabeled_X.bin'), 'train_list'),
        (('test_X.bin', 'test_y.bin'), 'test_list'),
    ):
        monkeypatch.setattr(reader, target, [[name, sums[name]] for name in names])
    return tmp_path


def test_splits_are_read_in_rgb_with_labels_from_0_and_minus_1_where_there_are_none(stl10):
    train = STL10(str(stl10), pipeline=[dict(type='PackViews')])
    assert train.images.shape == (4, 96, 96, 3) and train.images.dtype == np.uint8
    assert np.array_equal(train[1]['inputs'], pixels('train')[1])
    assert train.get_gt_labels().tolist() == [0, 1, 9, 3] and train.metainfo['classes'][9] == 'class9'
    both = STL10(str(stl10), split='train+unlabeled')
    assert len(both) == 16 and both.get_gt_labels().tolist() == [0, 1, 9, 3] + [-1] * 12
    assert np.array_equal(both.images[15].transpose(2, 0, 1), pixels('unlabeled')[11])
    assert STL10(str(stl10 / 'stl10_binary'), split='test').get_gt_labels().tolist() == [2] * 12
    both = STL10(str(stl10), split='train+test')
    assert both.get_gt_labels().tolist() == [0, 1, 9, 3] + [2] * 12
    assert np.array_equal(both.images[5].transpose(2, 0, 1), pixels('test')[1])
    assert STL10(str(stl10), split='unlabeled').get_gt_labels().tolist() == [-1] * 12


def test_missing_files_and_unknown_splits_are_an_error(tmp_path):
    with pytest.raises(InputError, match='gives no STL10.*stl10_binary inside.*stl10_binary.tar.gz'):
        STL10(str(tmp_path))
    with pytest.raises(InputError, match="split='val'.*'train\\+unlabeled'"):
        STL10(str(tmp_path), split='val')
