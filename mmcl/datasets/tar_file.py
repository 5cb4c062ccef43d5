"""A tar file with named arrays at its end, read without unpacking: the packed store and the cached index.

Layout: ``.mmcl/head`` (what the file is), any members, one member an array, ``.mmcl/table`` (JSON: where the arrays
lie, their checksums, facts), ``.mmcl/foot`` (where the table lies; always the last 2048 bytes, the end mark of tar
included). ``tar`` and WebDataset read it as any other archive; the members of ``.mmcl`` are hidden files to them.
"""

import json
import os
import tarfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any, BinaryIO

import numpy as np

_BLOCK = 512
_FOOT_BYTES = 4 * _BLOCK  # its header, its content, and the two empty blocks that end a tar file
_HIDDEN = '.mmcl'


class DamagedFile(OSError):
    """A file that is cut short or whose arrays are not those that were written; the message says which."""


@contextmanager
def atomic_file(path: str) -> Iterator[BinaryIO]:
    """Open a file for writing that takes the place of ``path``, whole, when the block ends without an error."""
    folder, name = os.path.split(os.path.abspath(path))
    temporary = os.path.join(folder, f'.{name}.{os.getpid()}.tmp')
    try:
        with open(temporary, 'wb') as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with suppress(OSError):
            os.remove(temporary)
        raise


class TarWriter:
    """Write such a file from its start to its end; nothing is held but what :meth:`add_array` is given.

    Args:
        file (BinaryIO): An empty file.
        kind (str): What it is, e.g. ``'images'``.
        version (int): Of the layout of that kind.
    """

    def __init__(self, file: BinaryIO, kind: str, version: int) -> None:
        self._file = file
        self._at = 0
        self._arrays: dict[str, dict] = {}
        self.add(f'{_HIDDEN}/head', _json(dict(kind=kind, version=version)))

    def add(self, name: str, data: bytes) -> int:
        """Append a member.

        Returns:
            int: Where its bytes start in the file.
        """
        member = tarfile.TarInfo(name)
        member.size = len(data)
        # GNU's format keeps names of any length and bytes; no time and no owner, so equal input gives equal files.
        header = member.tobuf(tarfile.GNU_FORMAT, 'utf-8', 'surrogateescape')
        start = self._at + len(header)
        padding = -len(data) % _BLOCK
        for part in (header, data, bytes(padding)):
            self._file.write(part)
        self._at = start + len(data) + padding
        return start

    def add_array(self, name: str, values: np.ndarray) -> None:
        """Append an array."""
        values = np.ascontiguousarray(values)
        data = values.tobytes()
        self._arrays[name] = dict(
            offset=self.add(f'{_HIDDEN}/{name}', data),
            dtype=values.dtype.str,
            shape=values.shape,
            crc32=zlib.crc32(data),
        )

    def finish(self, facts: Mapping[str, Any]) -> None:
        """Write the table, with ``facts`` (what JSON can hold), and the foot; nothing can follow."""
        table = _json(dict(facts=facts, arrays=self._arrays))
        offset = self.add(f'{_HIDDEN}/table', table)
        # One block whatever the numbers are, or the foot could not be found from the end.
        foot = dict(offset=offset, size=len(table), crc32=zlib.crc32(table))
        self.add(f'{_HIDDEN}/foot', _json(foot).ljust(_BLOCK))
        self._file.write(bytes(2 * _BLOCK))


def read_head(path: str) -> dict | None:
    """The ``kind`` and ``version`` of a file, also of one that is cut short; None for any other file."""
    try:
        with open(path, 'rb') as file:
            member = tarfile.TarInfo.frombuf(file.read(_BLOCK), 'utf-8', 'surrogateescape')
            return json.loads(file.read(member.size)) if member.name == f'{_HIDDEN}/head' else None
    except (OSError, tarfile.TarError, ValueError):
        return None


def read_arrays(path: str) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """Map the arrays of a file into memory, which all processes share, and check them.

    Args:
        path (str): What :class:`TarWriter` wrote.

    Returns:
        tuple: The facts, and the arrays by name, read-only.

    Raises:
        DamagedFile: It is cut short, or its arrays are damaged. (Other members are not read.)
        OSError: It cannot be read.
    """
    try:
        with open(path, 'rb') as file:
            file.seek(-_FOOT_BYTES, os.SEEK_END)
            member = tarfile.TarInfo.frombuf(file.read(_BLOCK), 'utf-8', 'surrogateescape')
            if member.name != f'{_HIDDEN}/foot':
                raise ValueError
            foot = json.loads(file.read(_BLOCK))
            file.seek(foot['offset'])
            table = file.read(foot['size'])
    except (OSError, tarfile.TarError, ValueError, KeyError) as error:
        if isinstance(error, OSError) and not os.path.isfile(path):
            raise
        raise DamagedFile(f'{path} is cut short') from error
    if zlib.crc32(table) != foot['crc32']:
        raise DamagedFile(f'{path} is damaged in its table')
    table = json.loads(table)
    arrays = {name: _mapped(path, name, **place) for name, place in table['arrays'].items()}
    return table['facts'], arrays


def _mapped(path: str, name: str, offset: int, dtype: str, shape: list[int], crc32: int) -> np.ndarray:
    if 0 in shape:
        return np.empty(shape, dtype)
    values = np.memmap(path, dtype, 'r', offset, tuple(shape))
    if zlib.crc32(values) != crc32:
        raise DamagedFile(f'{path} is damaged in its list of {name}')
    return values.view(np.ndarray)  # still mapped; a plain array is quicker to index


def _json(value: Any) -> bytes:
    # ASCII: a name that is no UTF-8 survives as the escape of its surrogates.
    return json.dumps(value).encode()
