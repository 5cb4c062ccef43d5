"""The list of a folder's images, kept between starts where it is long."""

import fcntl
import hashlib
import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import numpy as np
import PIL
from mmengine.logging import print_log

from .path_table import PathTable
from .scan import EXTENSIONS, find_images, unreadable
from .tar_file import DamagedFile, TarWriter, atomic_file, read_arrays

_VERSION = 1
_KEPT_FROM = 10_000  # images; a shorter list is made anew faster than anyone notices
_SETTLED_S = 2.0  # the coarsest clock of a file system in use: two changes within it may look like one


@dataclass
class FolderIndex:
    """What is known about the images of a folder.

    Args:
        paths (PathTable): Paths relative to the folder, in order.
        others (dict[str, int]): How many other files there are of each extension.
        hashes (ndarray): :meth:`PathTable.hashes` of ``paths``.
        bad (ndarray, optional): int64, rows of the files whose header is not an image's; None: not looked at.
    """

    paths: PathTable
    others: dict[str, int]
    hashes: np.ndarray
    bad: np.ndarray | None = None


def index_folder(root: str, headers: bool = False, reindex: bool = False) -> FolderIndex:
    """List the images below a folder (:func:`~mmcl.datasets.scan.find_images`), from the cache where it still holds.

    A list of 10,000 images or more is kept in ``$XDG_CACHE_HOME/mmcl/index`` (``~/.cache`` by default), one file a
    folder, whichever processes ask. It holds as long as no folder below ``root`` has changed: adding, removing or
    renaming a file changes the folder that it lies in, and each folder is looked at. A file that was rejected is looked
    at again when it changes. What goes unnoticed: a good file that is overwritten in place by a bad one (loading then
    reports it), and a change of what a link to a file leads to. ``reindex`` makes the list anew.

    Args:
        root (str): The folder.
        headers (bool): Look at every file's header too.
        reindex (bool): Do not use the cache, but replace it.

    Returns:
        FolderIndex: Its arrays are mapped from the cache, so all processes share them.

    Raises:
        InputError: As :func:`~mmcl.datasets.scan.find_images`.
    """
    kept = _cache_file(root)
    index = None if reindex else _load(kept, root, headers)
    if index is not None:
        return index
    with _one_at_a_time(kept):
        # Another process may have made it meanwhile.
        index = None if reindex else _load(kept, root, headers)
        return _make(kept, root, headers) if index is None else index


def _make(kept: str, root: str, headers: bool) -> FolderIndex:
    folders: dict[str, os.stat_result] = {}
    names, others = find_images(root, folders)
    if len(names) >= _KEPT_FROM and not _settled(folders):
        time.sleep(_SETTLED_S)
        folders.clear()
        names, others = find_images(root, folders)
    paths = PathTable.of(names, ordered=True)
    index = FolderIndex(paths, others, paths.hashes())
    if headers:
        index.bad = np.array(unreadable([os.path.join(root, name) for name in names]), dtype=np.int64)
    if len(names) >= _KEPT_FROM and _settled(folders) and _save(kept, root, index, folders):
        # What is mapped is shared between processes; what was just made is not.
        return _load(kept, root, headers) or index
    return index


def _settled(folders: dict[str, os.stat_result]) -> bool:
    """Whether a later change of any folder would show in its time."""
    return time.time() - max(seen.st_mtime for seen in folders.values()) > _SETTLED_S


# The cache


def _cache_file(root: str) -> str:
    base = os.environ.get('XDG_CACHE_HOME', '')
    if not os.path.isabs(base):
        base = os.path.join(os.path.expanduser('~'), '.cache')
    if not os.path.isabs(base):  # a user without a home: nothing can be kept
        return ''
    # What the list depends on besides the folder's content; another version of mmcl may see other files.
    key = '\n'.join([str(_VERSION), *sorted(EXTENSIONS), os.path.realpath(root)])
    name = hashlib.blake2b(os.fsencode(key), digest_size=16).hexdigest()
    return os.path.join(base, 'mmcl', 'index', f'{name}.tar')


@contextmanager
def _one_at_a_time(kept: str) -> Iterator[None]:
    """Let one process of a machine (of all that share the cache, where its file system locks) make a list."""
    lock = f'{kept}.lock'
    try:
        os.makedirs(os.path.dirname(kept), exist_ok=True)
        file = open(lock, 'w')
    except OSError:  # no cache, so nothing to wait for
        file = None
    if file is None:
        yield
        return
    with file:
        with suppress(OSError):  # a file system without locks: all make it, each writes it whole
            fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            # Small folders leave nothing behind. Who waits has the file open already.
            with suppress(OSError):
                os.remove(lock)


def _save(kept: str, root: str, index: FolderIndex, folders: dict[str, os.stat_result]) -> bool:
    """Write the cache; whether that worked."""
    text, bounds = index.paths.to_arrays()
    visited = PathTable.of(folders)
    arrays = dict(paths=text, bounds=bounds, hashes=index.hashes, folders=visited.text)
    arrays['folder_bounds'] = np.append(visited.starts, len(visited.text))
    arrays['folder_marks'] = np.array([_mark(seen) for seen in folders.values()], dtype=np.int64)
    if index.bad is not None:
        arrays['bad'] = index.bad
        arrays['bad_marks'] = _marks_of(root, index)
    try:
        with atomic_file(kept) as file:
            writer = TarWriter(file, 'index', _VERSION)
            for name, values in arrays.items():
                writer.add_array(name, values)
            writer.finish(dict(others=index.others, pillow=PIL.__version__))
    except OSError as error:
        print_log(f'The list of images of {root} cannot be kept in {kept} ({error.strerror})', 'current')
        return False
    print_log(f'The list of {len(index.paths)} images of {root} is kept in {kept}', 'current')
    return True


def _load(kept: str, root: str, headers: bool) -> FolderIndex | None:
    """Read the cache; None where there is none, or it holds no longer."""
    if not os.path.isfile(kept):
        return None
    try:
        facts, arrays = read_arrays(kept)
        folders = PathTable.packed(arrays['folders'], arrays['folder_bounds'])
        if not np.array_equal(
            [_mark(os.stat(os.path.join(root, folder))) for folder in folders], arrays['folder_marks']
        ):
            print_log(f'{root} has changed: its images are listed again', 'current')
            return None
        index = FolderIndex(
            PathTable.packed(arrays['paths'], arrays['bounds']), facts['others'], arrays['hashes']
        )
        if headers:
            # Another Pillow may read what this one does not, and the other way round.
            if 'bad' not in arrays or facts['pillow'] != PIL.__version__:
                return None
            index.bad = arrays['bad']
            if not np.array_equal(_marks_of(root, index), arrays['bad_marks']):
                still = unreadable([os.path.join(root, index.paths[row]) for row in index.bad])
                index.bad = index.bad[still]
        return index
    except FileNotFoundError:
        print_log(f'{root} has lost a folder: its images are listed again', 'current')
    except (DamagedFile, OSError, KeyError, TypeError, ValueError) as error:
        print_log(
            f'{kept} cannot be used ({error}): the images of {root} are listed again',
            'current',
            logging.WARNING,
        )
    return None


def _mark(seen: os.stat_result) -> tuple[int, int, int]:
    """What changes when a folder or a file does. (A device's number does not stay the same for a network disk.)"""
    return seen.st_ino, seen.st_mtime_ns, seen.st_ctime_ns


def _marks_of(root: str, index: FolderIndex) -> np.ndarray:
    """The marks of the rejected files, zero for one that is not there."""
    marks = np.zeros((len(index.bad), 3), dtype=np.int64)
    for place, row in enumerate(index.bad):
        with suppress(OSError):
            marks[place] = _mark(os.stat(os.path.join(root, index.paths[row])))
    return marks
