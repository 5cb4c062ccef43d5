import os
import pickle
import subprocess
import tarfile

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader

from mmcl.datasets import EpochIndex, ImageFolder, PackedImages
from mmcl.datasets.pack import pack_folder, verify_store
from mmcl.datasets.packed_store import PackedStore, StoreWriter, is_store
from mmcl.datasets.tar_file import TarWriter
from mmcl.datasets.transforms.loading import UnreadableImage
from mmcl.registry import DATASETS
from mmcl.utils.errors import InputError

from .images import picture, save

VIEWS = [
    dict(type='LoadImage'),
    dict(type='MultiView', views=[dict(type='RandomView', size=16, blur_prob=0.5)] * 2),
    dict(type='PackViews'),
]
NAMES = ['a/0.png', 'a/1.jpg', 'a/deep/2.png', 'b b/3.png', 'b b/4.webp', 'été/x.png', 'été/猫.png']


@pytest.fixture
def root(tmp_path):
    for seed, name in enumerate(NAMES):
        save(tmp_path / 'root' / name, seed)
    return str(tmp_path / 'root')


@pytest.fixture
def store(root, tmp_path):
    pack_folder(root, str(tmp_path / 'store.tar'), labels='folders')
    return str(tmp_path / 'store.tar')


def change_byte(path, of):
    """Change one byte of an image in a store."""
    with tarfile.open(path) as tar:
        place = tar.getmember(of).offset_data + 20
    with open(path, 'r+b') as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ 255]))


# --- as if it were the folder


@pytest.mark.parametrize(
    'options',
    [
        dict(),
        dict(labels='folders'),
        dict(labels='folders', split='train', val_fraction=0.5),
        dict(split='val', val_fraction=0.4),
        dict(data_prefix='a', split='val', val_fraction=0.4),
        dict(data_prefix='été'),
        dict(indices=[5, 2, 2]),
        dict(indices=-3, labels='folders', metainfo=dict(classes=['été', 'z', 'b b', 'a'])),
    ],
    ids=str,
)
def test_a_store_gives_the_views_of_its_folder_bit_for_bit(options, root, store):
    folder = DATASETS.build(dict(type='ImageFolder', data_root=root, pipeline=VIEWS, **options))
    packed = DATASETS.build(dict(type='PackedImages', data_root=store, pipeline=VIEWS, **options))
    assert len(packed) == len(folder) > 0 and packed.metainfo == folder.metainfo
    assert packed.get_gt_labels().tolist() == folder.get_gt_labels().tolist()
    for row in range(len(folder)):
        one, other = (data[EpochIndex(row, epoch=3, seed=7)] for data in (folder, packed))
        assert all(torch.equal(*pair) for pair in zip(one['inputs'], other['inputs']))
        for key in ('sample_idx', 'view_key'):
            assert one['data_samples'].get(key) == other['data_samples'].get(key)
        names = [
            os.path.relpath(data.get_data_info(row)['img_path'], data.data_root) for data in (folder, packed)
        ]
        assert names[0] == names[1] and other['data_samples'].img_path.startswith(store)


def test_labels_may_be_those_that_were_packed(root, store, tmp_path):
    stored = PackedImages(store, labels='stored')
    expected = ImageFolder(root, labels='folders')
    assert stored.get_gt_labels().tolist() == expected.get_gt_labels().tolist() == [0, 0, 0, 1, 1, 2, 2]
    assert stored.metainfo == expected.metainfo
    assert PackedImages(store, labels='stored', data_prefix='b b').get_gt_labels().tolist() == [1, 1]
    pack_folder(root, str(tmp_path / 'plain.tar'))
    with pytest.raises(InputError, match="labels='stored', but .* without labels.*--labels folders"):
        PackedImages(str(tmp_path / 'plain.tar'), labels='stored')


def test_forked_workers_read_what_one_process_reads(store):
    data = PackedImages(store, pipeline=[dict(type='LoadImage')])
    loader = DataLoader(data, batch_size=None, num_workers=2, multiprocessing_context='fork')
    for seed, item in enumerate(loader):
        assert item['sample_idx'] == seed
        if NAMES[seed].endswith('png'):
            assert np.array_equal(item['img'], picture(seed))


def test_a_store_that_travels_is_opened_again(store):
    other = pickle.loads(pickle.dumps(PackedStore(store)))
    assert other.read(2) == PackedStore(store).read(2) and len(pickle.dumps(other)) < 500


def test_a_subset_reads_its_own_images(store):
    subset = PackedImages(store, pipeline=[dict(type='LoadImage')]).get_subset([6, 2])
    assert len(subset) == 2 and np.array_equal(subset[1]['img'], picture(2)) and subset[1]['sample_idx'] == 1


# --- packing


def test_tar_gives_the_folder_back(root, store, tmp_path):
    (tmp_path / 'out').mkdir()
    subprocess.run(['tar', 'xf', store], cwd=tmp_path / 'out', check=True)
    assert list(ImageFolder(str(tmp_path / 'out')).paths) == NAMES
    for name in NAMES:
        assert (tmp_path / 'out' / name).read_bytes() == (tmp_path / 'root' / name).read_bytes()


def test_equal_folders_give_equal_stores(root, store, tmp_path):
    for seed, name in reversed(list(enumerate(NAMES))):
        save(tmp_path / 'again' / name, seed)
    pack_folder(str(tmp_path / 'again'), str(tmp_path / 'again.tar'), labels='folders')
    with open(store, 'rb') as one, open(tmp_path / 'again.tar', 'rb') as other:
        assert one.read() == other.read()


def test_files_that_are_no_images_are_left_out_and_listed(root, tmp_path):
    for i in range(20):
        save(tmp_path / 'root' / 'c' / f'{i}.png')
    (tmp_path / 'root' / 'a' / 'bad.jpg').write_bytes(b'no image')
    (tmp_path / 'root' / 'a' / 'notes.txt').write_text('x')
    packed = pack_folder(root, str(tmp_path / 'store.tar'))
    assert packed.rejected == ['a/bad.jpg'] and packed.num_images == len(NAMES) + 20
    assert packed.num_bytes == os.path.getsize(tmp_path / 'store.tar')
    data = PackedImages(str(tmp_path / 'store.tar'))
    assert len(data) == packed.num_images and data.rejected == [str(tmp_path / 'store.tar' / 'a' / 'bad.jpg')]
    assert data.rejected_share == ImageFolder(root).rejected_share
    assert PackedImages(data.data_root, data_prefix='c').rejected == []


def test_names_of_any_length_and_bytes_are_kept(tmp_path):
    names = ['d' * 200 + '/' + 'x' * 200 + '.png', os.fsdecode(b'\xff.png')]
    for name in names:
        save(tmp_path / 'root' / 'plain.png').rename(
            (tmp_path / 'root' / name).parent.mkdir(exist_ok=True) or tmp_path / 'root' / name
        )
    pack_folder(str(tmp_path / 'root'), str(tmp_path / 'store.tar'))
    data = PackedImages(str(tmp_path / 'store.tar'), pipeline=[dict(type='LoadImage')])
    assert list(data.paths) == names and np.array_equal(data[1]['img'], picture())


def test_packing_tells_how_far_it_is(root, tmp_path):
    lines = []
    pack_folder(root, str(tmp_path / 'store.tar'), say=lines.append)
    assert lines[0] == '1 of 7 images' and lines[-1] == '7 of 7 images'


def test_a_store_is_never_written_over(root, store):
    with pytest.raises(InputError, match='store.tar exists.*Delete it'):
        pack_folder(root, store)


def test_packing_that_fails_leaves_nothing(root, tmp_path, monkeypatch):
    add = StoreWriter.add

    def lose_the_next(self, path, data):
        add(self, path, data)
        os.remove(os.path.join(root, NAMES[2])) if path == NAMES[1] else None

    monkeypatch.setattr(StoreWriter, 'add', lose_the_next)
    with pytest.raises(InputError, match='2.png cannot be read .No such file.*stays as it is'):
        pack_folder(root, str(tmp_path / 'store.tar'))
    assert os.listdir(tmp_path) == ['root']
    with pytest.raises(InputError, match='gone/store.tar cannot be written .No such file'):
        pack_folder(root, str(tmp_path / 'gone' / 'store.tar'))


# --- damage


def test_a_damaged_image_is_named_and_replaced_by_the_next(root, store):
    assert verify_store(store) == len(NAMES)
    change_byte(store, NAMES[3])
    with pytest.raises(InputError, match='1 of 7 images .*store.tar are damaged .b b/3.png.'):
        verify_store(store)
    with pytest.raises(UnreadableImage, match='store.tar/b b/3.png: not the bytes that were packed'):
        PackedStore(store).read(3)
    data = PackedImages(store, pipeline=[dict(type='LoadImage')], max_corrupt_share=0.2)
    assert data[3]['sample_idx'] == 4
    assert data.get_data_info(3)['sample_idx'] == 3  # its facts are still there


@pytest.mark.parametrize('share', [0.2, 0.5, 0.99])
def test_a_store_that_is_cut_short_is_an_error(share, store):
    os.truncate(store, int(os.path.getsize(store) * share))
    assert is_store(store)
    with pytest.raises(InputError, match=r'store.tar is cut short .*bytes.*Copy it again'):
        PackedImages(store)
    with pytest.raises(InputError, match='cut short'):
        verify_store(store)


def test_a_store_that_grew_is_an_error(store):
    with open(store, 'ab') as file:
        file.write(bytes(512))
    with pytest.raises(InputError, match='cut short'):
        PackedImages(store)


@pytest.mark.parametrize('part', ['crc32', 'offsets', 'table'])
def test_a_damaged_index_is_an_error(part, store):
    change_byte(store, f'.mmcl/{part}')
    with pytest.raises(InputError, match=f'store.tar is damaged in its .*{part}'):
        PackedImages(store)


def test_what_is_no_store_is_an_error(root, tmp_path):
    with tarfile.open(tmp_path / 'plain.tar', 'w') as tar:
        tar.add(root, 'root')
    (tmp_path / 'empty.tar').write_bytes(b'')
    for name, told in [
        ('plain.tar', 'no packed store'),
        ('empty.tar', 'no packed store'),
        ('root', 'is no file'),
    ]:
        assert not is_store(str(tmp_path / name))
        with pytest.raises(InputError, match=f'{name} {told}|{name} is {told}'):
            PackedImages(str(tmp_path / name))


def test_a_store_of_another_version_is_an_error(tmp_path):
    with open(tmp_path / 'store.tar', 'wb') as file:
        TarWriter(file, 'images', 99).finish({})
    with pytest.raises(InputError, match='store of version 99. Expected version 1'):
        PackedImages(str(tmp_path / 'store.tar'))


def test_a_folder_that_the_store_lacks_is_an_error(store):
    with pytest.raises(InputError, match="no image in 'c'.*a, b b, été"):
        PackedImages(store, data_prefix='c')


def test_a_loader_of_files_is_refused(store):
    with pytest.raises(InputError, match=r"LoadImageFromFile reads files.*dict\(type='LoadImage'\)"):
        PackedImages(store, pipeline=[dict(type='LoadImageFromFile'), dict(type='PackViews')])
