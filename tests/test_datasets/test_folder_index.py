import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

from mmcl.datasets import ImageFolder, folder_index
from mmcl.datasets.folder_index import index_folder
from mmcl.utils.errors import InputError

from .images import save

NAMES = ['a/0.png', 'a/1.png', 'b/c/2.png', 'b/3.png']


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """Keep the list of any folder, below tmp_path."""
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'cache'))
    monkeypatch.setattr(folder_index, '_KEPT_FROM', 1)
    monkeypatch.setattr(time, 'sleep', lambda seconds: None)
    return tmp_path / 'cache' / 'mmcl' / 'index'


@pytest.fixture
def walks(monkeypatch):
    """Count how often a folder is listed."""
    calls = []
    find = folder_index.find_images
    monkeypatch.setattr(folder_index, 'find_images', lambda *args: calls.append(args) or find(*args))
    return calls


@pytest.fixture
def root(tmp_path):
    for seed, name in enumerate(NAMES):
        save(tmp_path / 'root' / name, seed)
    (tmp_path / 'root' / 'notes.txt').write_text('x')
    settle(tmp_path / 'root')
    return tmp_path / 'root'


def settle(root):
    """Make folders look as if they had been left alone for a while."""
    for folder, _, _ in os.walk(root):
        os.utime(folder, (1e9, 1e9))


def paths_of(root, **kwargs):
    return list(index_folder(str(root), **kwargs).paths)


def test_a_folder_is_listed_once(cache, walks, root):
    first, again = (index_folder(str(root), headers=True) for _ in range(2))
    assert list(again.paths) == list(first.paths) == sorted(NAMES) and len(walks) == 1
    assert again.others == first.others == {'.txt': 1}
    assert again.hashes.tolist() == first.hashes.tolist() and again.bad.tolist() == []
    assert [file.suffix for file in cache.iterdir()] == ['.tar']


def test_a_kept_list_gives_the_same_dataset(cache, walks, root):
    made, kept = (ImageFolder(str(root), labels='folders', split='train', val_fraction=0.5) for _ in range(2))
    assert len(walks) == 1
    assert [made.get_data_info(i) for i in range(len(made))] == [
        kept.get_data_info(i) for i in range(len(kept))
    ]
    assert kept.metainfo == made.metainfo == dict(classes=('a', 'b'))


@pytest.mark.parametrize('change', ['add', 'remove', 'rename', 'new folder', 'lost folder', 'other link'])
def test_a_changed_folder_is_listed_again(change, cache, walks, root, tmp_path):
    for seed, name in enumerate(['one/8.png', 'two/9.png']):
        save(tmp_path / name, seed)
    (root / 'link').symlink_to(tmp_path / 'pointer')
    (tmp_path / 'pointer').symlink_to(tmp_path / 'one')
    settle(root)
    before = paths_of(root)
    if change == 'add':
        save(root / 'b' / 'c' / 'new.png')
    elif change == 'remove':
        (root / 'a' / '0.png').unlink()
    elif change == 'rename':
        (root / 'a' / '0.png').rename(root / 'a' / 'x.png')
    elif change == 'new folder':
        save(root / 'd' / 'new.png')
    elif change == 'lost folder':
        (root / 'b' / 'c' / '2.png').unlink()
        (root / 'b' / 'c').rmdir()
    else:
        (tmp_path / 'pointer').unlink()
        (tmp_path / 'pointer').symlink_to(tmp_path / 'two')
    after = paths_of(root)
    assert len(walks) >= 2 and after != before and after == folder_index.find_images(str(root))[0]


def test_times_that_were_set_back_hide_no_change(cache, root):
    paths_of(root)
    save(root / 'a' / 'new.png')
    settle(root)
    assert 'a/new.png' in paths_of(root)


def test_headers_are_looked_at_when_first_asked_for(cache, walks, root):
    (root / 'a' / '0.png').write_bytes(b'no image')
    assert index_folder(str(root)).bad is None
    assert index_folder(str(root), headers=True).bad.tolist() == [0] and len(walks) == 2
    assert index_folder(str(root), headers=True).bad.tolist() == [0] and len(walks) == 2
    assert index_folder(str(root)).paths[0] == 'a/0.png' and len(walks) == 2


def test_a_rejected_file_that_is_mended_in_place_counts_again(cache, walks, root):
    (root / 'a' / '0.png').write_bytes(b'no image')
    (root / 'a' / '1.png').write_bytes(b'no image')
    assert len(ImageFolder(str(root), max_corrupt_share=0.6)) == 2
    (root / 'a' / '0.png').write_bytes((root / 'b' / '3.png').read_bytes())
    dataset = ImageFolder(str(root), max_corrupt_share=0.6)
    assert len(dataset) == 3 and dataset.rejected == [str(root / 'a' / '1.png')] and len(walks) == 1


def test_a_file_spoiled_in_place_goes_unnoticed_until_reindex(cache, root):
    ImageFolder(str(root))
    (root / 'a' / '0.png').write_bytes(b'no image')
    assert len(ImageFolder(str(root), max_corrupt_share=0.5)) == 4
    for _ in range(2):  # the new list is kept
        assert len(ImageFolder(str(root), max_corrupt_share=0.5, reindex=True)) == 3
    assert len(ImageFolder(str(root), max_corrupt_share=0.5)) == 3


@pytest.mark.parametrize('damage', ['cut', 'changed', 'empty', 'other'])
def test_a_damaged_list_is_made_again(damage, cache, walks, root):
    expected = paths_of(root)
    (file,) = cache.iterdir()
    data = bytearray(file.read_bytes())
    if damage == 'changed':
        data[data.index(b'a/0.png')] ^= 1
    file.write_bytes(dict(cut=data[:-100], changed=data, empty=b'', other=bytes(5000))[damage])
    assert paths_of(root) == expected and len(walks) == 2
    assert paths_of(root) == expected and len(walks) == 2


def test_a_folder_that_may_still_be_changing_is_not_kept(cache, root, monkeypatch):
    waits = []
    monkeypatch.setattr(time, 'sleep', waits.append)
    now = time.time()
    os.utime(root / 'b', (now, now))
    monkeypatch.setattr(time, 'time', lambda: now + 0.5)
    assert paths_of(root) == sorted(NAMES)
    assert len(waits) == 1 and list(cache.iterdir()) == []


def test_a_small_folder_is_not_kept(cache, root, monkeypatch):
    monkeypatch.setattr(folder_index, '_KEPT_FROM', 5)
    assert paths_of(root) == sorted(NAMES) and list(cache.iterdir()) == []


def test_without_a_place_for_the_list_it_is_made_each_time(tmp_path, walks, root, monkeypatch):
    monkeypatch.setattr(folder_index, '_KEPT_FROM', 1)
    (tmp_path / 'file').write_text('')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'file'))
    assert paths_of(root) == paths_of(root) == sorted(NAMES) and len(walks) == 2


def test_a_user_without_a_home_keeps_nothing(tmp_path, walks, root, monkeypatch):
    monkeypatch.setattr(folder_index, '_KEPT_FROM', 1)
    monkeypatch.delenv('XDG_CACHE_HOME', raising=False)
    monkeypatch.setattr(os.path, 'expanduser', lambda path: path)
    monkeypatch.chdir(tmp_path)
    assert paths_of(root) == paths_of(root) == sorted(NAMES) and len(walks) == 2
    assert os.listdir(tmp_path) == ['root']


def test_those_who_ask_together_wait_for_one_list(cache, walks, root):
    with ThreadPoolExecutor(4) as pool:
        lists = list(pool.map(paths_of, [root] * 4))
    assert lists == [sorted(NAMES)] * 4 and len(walks) == 1
    assert [file.suffix for file in cache.iterdir()] == ['.tar']


def test_lists_of_different_folders_do_not_mix(cache, root, tmp_path):
    save(tmp_path / 'other' / '0.png')
    settle(tmp_path / 'other')
    assert paths_of(root) != paths_of(tmp_path / 'other') and len(list(cache.iterdir())) == 2
    (tmp_path / 'link').symlink_to(root)
    assert paths_of(tmp_path / 'link') == paths_of(root) and len(list(cache.iterdir())) == 2


def test_a_missing_folder_is_an_error_and_leaves_nothing(cache, tmp_path):
    with pytest.raises(InputError, match='does not exist'):
        index_folder(str(tmp_path / 'gone'))
    assert list(cache.iterdir()) == []


def test_arrays_of_a_kept_list_are_mapped_not_copied(cache, root):
    paths_of(root)
    index = index_folder(str(root))
    assert all(
        isinstance(values.base, np.memmap) or isinstance(values.base.base, np.memmap)
        for values in (index.paths.text, index.paths.starts, index.hashes)
    )
