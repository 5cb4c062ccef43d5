import hashlib
import pickle

import numpy as np
import pytest
import torchvision.datasets

from mmcl.datasets import CIFAR10, CIFAR100
from mmcl.utils.errors import InputError

NUM = 4


def batch(seed):
    return np.random.default_rng(seed).integers(0, 256, (NUM, 3072), dtype=np.uint8)


def write(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(pickle.dumps(content))
    return [path.name, hashlib.md5(path.read_bytes()).hexdigest()]


@pytest.fixture
def cifar10(tmp_path, monkeypatch):
    """The published layout with 4 images a file, and torchvision's checksums of it."""
    folder, reader = tmp_path / 'cifar-10-batches-py', torchvision.datasets.CIFAR10
    files = [
        write(folder / name, {'data': batch(seed), 'labels': [seed, 1, 2, 3], 'filenames': ['x.png'] * NUM})
        for seed, name in enumerate([*(f'data_batch_{i}' for i in range(1, 6)), 'test_batch'])
    ]
    meta = write(folder / 'batches.meta', {'label_names': [f'class{i}' for i in range(10)]})
    monkeypatch.setattr(reader, 'train_list', files[:5])
    monkeypatch.setattr(reader, 'test_list', files[5:])
    monkeypatch.setattr(reader, 'meta', dict(reader.meta, md5=meta[1]))
    return tmp_path


@pytest.fixture
def cifar100(tmp_path, monkeypatch):
    folder, reader = tmp_path / 'cifar-100-python', torchvision.datasets.CIFAR100
    for seed, split in enumerate(['train', 'test']):
        times = 5 if split == 'train' else 1
        data, labels = np.tile(batch(seed), (times, 1)), [99, 1, 2, 3] * times
        file = write(
            folder / split, {'data': data, 'fine_labels': labels, 'coarse_labels': [19, 1, 0, seed] * times}
        )
        monkeypatch.setattr(reader, f'{split}_list', [file])
    meta = write(
        folder / 'meta',
        {
            f'{kind}_label_names': [f'{kind}{i}' for i in range(num)]
            for kind, num in (('fine', 100), ('coarse', 20))
        },
    )
    monkeypatch.setattr(reader, 'meta', dict(reader.meta, md5=meta[1]))
    return tmp_path


def test_cifar10_is_read_in_rgb_and_in_order(cifar10):
    data = CIFAR10(str(cifar10), pipeline=[dict(type='PackViews')])
    assert data.images.shape == (20, 32, 32, 3) and data.images.dtype == np.uint8
    assert np.array_equal(data[9]['inputs'], batch(2)[1].reshape(3, 32, 32))
    assert data.get_gt_labels().tolist() == [label for seed in range(5) for label in (seed, 1, 2, 3)]
    assert data.metainfo['classes'][3] == 'class3'
    test = CIFAR10(str(cifar10), split='test')
    assert np.array_equal(test.images[0].transpose(2, 0, 1), batch(5)[0].reshape(3, 32, 32))


def test_cifar100_has_fine_labels(cifar100):
    data = CIFAR100(str(cifar100), split='test')
    assert data.get_gt_labels().tolist() == [99, 1, 2, 3] and len(data.metainfo['classes']) == 100
    assert np.array_equal(data.images[3].transpose(2, 0, 1), batch(1)[3].reshape(3, 32, 32))


def test_both_splits_can_be_one_set(cifar10):
    both = CIFAR10(str(cifar10), split='train+test')
    assert len(both) == 24 and both.get_gt_labels().tolist()[16:] == [4, 1, 2, 3, 5, 1, 2, 3]
    assert np.array_equal(both.images[23].transpose(2, 0, 1), batch(5)[3].reshape(3, 32, 32))


def test_cifar100_has_coarse_labels_where_asked(cifar100):
    data = CIFAR100(str(cifar100), split='train+test', coarse=True)
    assert data.get_gt_labels().tolist() == [19, 1, 0, 0] * 5 + [19, 1, 0, 1]
    assert len(data.metainfo['classes']) == 20 and data.metainfo['classes'][19] == 'coarse19'


def test_the_published_folder_itself_may_be_given(cifar10):
    assert len(CIFAR10(str(cifar10 / 'cifar-10-batches-py'))) == 20
    assert CIFAR10.has_layout(str(cifar10)) and CIFAR10.has_layout(str(cifar10 / 'cifar-10-batches-py/'))
    assert not CIFAR100.has_layout(str(cifar10))


def test_files_that_differ_from_the_published_ones_are_never_unpickled(cifar10, monkeypatch):
    ran = []
    (cifar10 / 'cifar-10-batches-py' / 'data_batch_2').write_bytes(
        pickle.dumps({'data': batch(0), 'labels': [0] * NUM})
    )
    monkeypatch.setattr(pickle, 'load', lambda *args, **kwargs: ran.append(1))
    with pytest.raises(InputError, match='gives no CIFAR10 .*corrupted.*download=True'):
        CIFAR10(str(cifar10))
    assert not ran


def test_missing_files_are_an_error(tmp_path):
    with pytest.raises(
        InputError, match='gives no CIFAR100.*cifar-100-python inside.*cifar-100-python.tar.gz'
    ):
        CIFAR100(str(tmp_path))
    with pytest.raises(InputError, match="split='val'"):
        CIFAR10(str(tmp_path), split='val')


def test_a_failed_download_is_an_error(tmp_path, monkeypatch):
    def refuse(self):
        raise OSError('Network is unreachable')

    monkeypatch.setattr(torchvision.datasets.CIFAR10, 'download', refuse)
    with pytest.raises(InputError, match='and download=True gives no CIFAR10 .Network is unreachable'):
        CIFAR10(str(tmp_path), download=True)
