"""Many images in one file: an uncompressed tar with an index, read at any place without unpacking.

``tar xf`` gives the folder back, and WebDataset reads it in order; :mod:`mmcl.datasets.tar_file` tells the layout.
LMDB gives an image for less CPU, but by some percent of what decoding it costs (``benchmarks/store.py``); for that it needs
a package, takes more space, is read by its own library only, and its map kills the process where a file is cut short.
"""

import os
import zlib
from collections.abc import Mapping
from typing import Any, BinaryIO

import numpy as np

from mmcl.utils.errors import InputError

from .path_table import PathTable
from .tar_file import DamagedFile, TarWriter, read_arrays, read_head
from .transforms.loading import UnreadableImage

KIND, VERSION = 'images', 1


class PackedStore:
    """A store, opened for reading. Threads, forked and spawned processes may share it.

    Args:
        path (str): A file that :class:`StoreWriter` wrote.

    Attributes:
        paths (PathTable): Paths of the images as in the folder that was packed, in order.
        crc32 (ndarray): uint32 (N,), checksums of their bytes.
        labels (ndarray, optional): int64 (N,).
        hashes (ndarray): :meth:`PathTable.hashes` of ``paths``.
        facts (dict): ``classes`` (names or None) and ``rejected`` (paths that were left out).

    Raises:
        InputError: No store, one that is cut short, or one of a later version of mmcl.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._file: BinaryIO | None = None
        self._open()

    def _open(self) -> None:
        head, remedy = read_head(self.path), 'Pack the folder: python tools/pack_images.py FOLDER OUT'
        if head is None or head.get('kind') != KIND:
            what = 'is no packed store' if os.path.isfile(self.path) else 'is no file'
            raise InputError(f'{self.path} {what}', 'a file that tools/pack_images.py wrote', remedy)
        if head.get('version') != VERSION:
            raise InputError(
                f'{self.path} is a store of version {head.get("version")}', f'version {VERSION}', remedy
            )
        try:
            # Unbuffered: every read says where it starts, so processes that share the file do not disturb each other.
            self._file = open(self.path, 'rb', buffering=0)
            self.facts, arrays = read_arrays(self.path)
        except DamagedFile as error:
            raise InputError(
                f'{error} ({os.path.getsize(self.path)} bytes)',
                'the whole file',
                'Copy it again, or pack the folder again',
            ) from error
        except OSError as error:
            raise InputError(
                f'{self.path} cannot be read ({error.strerror})', 'a readable file', 'Mend its rights'
            ) from error
        self.paths = PathTable.packed(arrays['paths'], arrays['bounds'])
        self.hashes, self.crc32, self.labels = arrays['hashes'], arrays['crc32'], arrays.get('labels')
        self._offsets, self._sizes = arrays['offsets'], arrays['sizes']

    def __len__(self) -> int:
        return len(self.paths)

    def read(self, row: int) -> bytes:
        """The encoded image of a row, checked against its checksum.

        Raises:
            UnreadableImage: The disk fails, or the bytes are not those that were packed.
        """
        size, name = int(self._sizes[row]), f'{self.path}/{self.paths[row]}'
        try:
            # Not a map: where a mapped file is cut short while it is read, the process ends without a word.
            data = os.pread(self._file.fileno(), size, int(self._offsets[row]))
        except OSError as error:
            raise UnreadableImage(f'{name}: {error.strerror}') from error
        if zlib.crc32(data) != self.crc32[row]:
            raise UnreadableImage(f'{name}: not the bytes that were packed ({len(data)} of {size})')
        return data

    def damaged(self) -> list[str]:
        """Paths of the images whose bytes are not those that were packed; reads all of them."""
        bad = []
        for row in range(len(self)):
            try:
                self.read(row)
            except UnreadableImage:
                bad.append(self.paths[row])
        return bad

    def __getstate__(self) -> dict:
        # A spawned process opens the file again, instead of being sent its index.
        return dict(path=self.path)

    def __setstate__(self, state: dict) -> None:
        self.__init__(**state)


class StoreWriter:
    """Write a store image by image; the images stay in no memory.

    Args:
        file (BinaryIO): An empty file.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._tar = TarWriter(file, KIND, VERSION)
        self._paths: list[str] = []
        self._places: list[tuple[int, int, int]] = []

    def add(self, path: str, data: bytes) -> None:
        """Append an image; paths must come in order."""
        self._places.append((self._tar.add(path, data), len(data), zlib.crc32(data)))
        self._paths.append(path)

    def finish(self, labels: np.ndarray | None, facts: Mapping[str, Any]) -> None:
        """Write the index.

        Args:
            labels (ndarray, optional): int64 (N,).
            facts (Mapping): See :class:`PackedStore`.
        """
        paths = PathTable.of(self._paths, ordered=True)
        offsets, sizes, crc32 = np.array(self._places, dtype=np.int64).reshape(-1, 3).T
        text, bounds = paths.to_arrays()
        arrays = dict(
            paths=text,
            bounds=bounds,
            hashes=paths.hashes(),
            offsets=offsets,
            sizes=sizes,
            crc32=crc32.astype(np.uint32),
        )
        if labels is not None:
            arrays['labels'] = labels
        for name, values in arrays.items():
            self._tar.add_array(name, values)
        self._tar.finish(facts)


def is_store(path: str) -> bool:
    """Whether a path is a packed store, be it whole or not."""
    head = read_head(path) if os.path.isfile(path) else None
    return head is not None and head.get('kind') == KIND
