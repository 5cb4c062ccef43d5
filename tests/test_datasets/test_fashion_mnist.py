import gzip
import json
import struct

import numpy as np
import pytest

from mmcl.datasets import FashionMNIST
from mmcl.datasets.fashion_mnist import FILES, read_idx
from mmcl.datasets.prepare import write_idx
from mmcl.utils.errors import InputError

PACK = [dict(type='PackViews')]
NUM = {'train': 6, 'test': 4}


def arrays(split):
    generator = np.random.default_rng(NUM[split])
    images = generator.integers(0, 256, (NUM[split], 28, 28), dtype=np.uint8)
    return images, (np.arange(NUM[split]) % 10).astype(np.uint8)


def miniature(folder, raw=False):
    """The four files, made by hand as the format is published."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, names in FILES.items():
        for name, values in zip(names, arrays(split)):
            data = (
                bytes([0, 0, 8, values.ndim])
                + b''.join(struct.pack('>I', n) for n in values.shape)
                + values.tobytes()
            )
            (folder / (name if raw else f'{name}.gz')).write_bytes(data if raw else gzip.compress(data))
    return str(folder)


@pytest.mark.parametrize('raw', [False, True])
@pytest.mark.parametrize('split', ['train', 'test'])
def test_images_and_labels_are_those_of_the_files(split, raw, tmp_path):
    data = FashionMNIST(miniature(tmp_path, raw), split=split, pipeline=PACK)
    images, labels = arrays(split)
    assert np.array_equal(data.images[..., 0], images)
    assert data.get_gt_labels().tolist() == labels.tolist()
    item = data[2]
    assert item['inputs'].shape == (1, 28, 28) and np.array_equal(item['inputs'][0], images[2])
    assert item['data_samples'].gt_label.item() == 2 and item['data_samples'].sample_idx == 2
    assert data.metainfo['classes'][9] == 'Ankle boot' and 'degraded' not in data.metainfo


def test_padding_is_zero_and_even(tmp_path):
    padded = FashionMNIST(miniature(tmp_path), pad_to=32).images
    assert padded.shape == (6, 32, 32, 1)
    assert np.array_equal(padded[:, 2:-2, 2:-2, 0], arrays('train')[0])
    assert padded.sum(dtype=np.int64) == arrays('train')[0].sum(dtype=np.int64)


def test_torchvisions_folder_is_found(tmp_path):
    miniature(tmp_path / 'FashionMNIST' / 'raw', raw=True)
    assert len(FashionMNIST(str(tmp_path))) == 6
    assert FashionMNIST.has_layout(str(tmp_path)) and not FashionMNIST.has_layout(
        str(tmp_path / 'FashionMNIST')
    )


def test_a_stand_in_says_so(tmp_path):
    root = miniature(tmp_path)
    (tmp_path / 'source.json').write_text(
        json.dumps(dict(source='digits', degraded=True, classes=['0'], more=1))
    )
    metainfo = FashionMNIST(root).metainfo
    assert metainfo == dict(source='digits', degraded=True, classes=['0'])
    (tmp_path / 'source.json').write_text('{')
    with pytest.raises(InputError, match='source.json cannot be read'):
        FashionMNIST(root)


def test_what_is_written_is_read(tmp_path):
    values = np.arange(2 * 3 * 5, dtype=np.uint8).reshape(2, 3, 5)
    write_idx(tmp_path / 'a.gz', values)
    assert np.array_equal(read_idx(tmp_path / 'a.gz'), values)


def test_missing_files_are_an_error(tmp_path):
    with pytest.raises(InputError, match='not a folder.*prepare_fashion_mnist.py'):
        FashionMNIST(str(tmp_path / 'gone'))
    root = miniature(tmp_path)
    (tmp_path / 't10k-labels-idx1-ubyte.gz').unlink()
    with pytest.raises(InputError, match='a folder without them.*t10k-labels-idx1-ubyte'):
        FashionMNIST(root)


@pytest.mark.parametrize(
    'damage, told',
    [
        (lambda data: gzip.compress(data)[:900], 'cannot be read'),
        (lambda data: gzip.compress(data)[:-1], 'cannot be read'),
        (lambda data: b'\x1f\x8b' + gzip.compress(data)[100:], 'cannot be read'),
        (lambda data: data, 'cannot be read .*[Nn]ot a gzipped file'),
        (lambda data: b'', 'starts with nothing'),
        (lambda data: gzip.compress(data[:-28]), 'holds 4676 values.*the 6x28x28'),
        (lambda data: gzip.compress(data + b'\0'), 'holds 4705 values'),
        (lambda data: gzip.compress(b'\0\0\x0d' + data[3:]), 'starts with 00000d03.*IDX file of bytes'),
        (lambda data: gzip.compress(data[:6]), 'starts with 00000803'),
        (lambda data: gzip.compress(b''), 'starts with nothing'),
        (
            lambda data: gzip.compress(data[:4] + struct.pack('>I', 3) + data[8 : 16 + 3 * 784]),
            r'shape \(3, 28, 28\), labels of shape \(6,\)',
        ),
    ],
)
def test_damaged_files_are_an_error(damage, told, tmp_path):
    root = miniature(tmp_path)
    path = tmp_path / 'train-images-idx3-ubyte.gz'
    path.write_bytes(damage(gzip.decompress(path.read_bytes())))
    with pytest.raises(InputError, match=told):
        FashionMNIST(root)


def test_a_wrong_argument_is_an_error(tmp_path):
    root = miniature(tmp_path)
    with pytest.raises(InputError, match="split='val'.*'train' or 'test'"):
        FashionMNIST(root, split='val')
    with pytest.raises(InputError, match='pad_to=20 for images of 28x28'):
        FashionMNIST(root, pad_to=20)
