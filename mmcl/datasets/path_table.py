"""Millions of paths as a few arrays."""

import hashlib
import os
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np


class PathTable(Sequence):
    """Paths with ``/`` between their parts, held as one run of bytes, which loader workers share with their parent.

    Args:
        text (ndarray): uint8, bytes of all paths.
        starts (ndarray): int64 (N,), where each path starts in ``text``.
        ends (ndarray): int64 (N,), where it ends.
        ordered (bool): The paths are sorted as strings.
    """

    def __init__(self, text: np.ndarray, starts: np.ndarray, ends: np.ndarray, ordered: bool = False) -> None:
        self.text, self.starts, self.ends, self.ordered = text, starts, ends, ordered

    @classmethod
    def of(cls, paths: Iterable[str], ordered: bool = False) -> 'PathTable':
        """Make a table of strings."""
        names = [os.fsencode(path) for path in paths]
        bounds = np.zeros(len(names) + 1, dtype=np.int64)
        np.cumsum([len(name) for name in names], out=bounds[1:])
        return cls.packed(np.frombuffer(b''.join(names), np.uint8), bounds, ordered)

    @classmethod
    def packed(cls, text: np.ndarray, bounds: np.ndarray, ordered: bool = True) -> 'PathTable':
        """Make a table of paths that follow each other; ``bounds`` int64 (N + 1,)."""
        return cls(text, bounds[:-1], bounds[1:], ordered)

    def to_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Give ``text`` and ``bounds``, as :meth:`packed` takes them."""
        table = PathTable.of(self)
        return table.text, np.append(table.starts, len(table.text))

    def __len__(self) -> int:
        return len(self.starts)

    def __getitem__(self, row: int) -> str:
        return os.fsdecode(self.text[self.starts[row] : self.ends[row]].tobytes())

    def __iter__(self) -> Iterator[str]:
        text = self.text.tobytes()
        for start, end in zip(self.starts.tolist(), self.ends.tolist()):
            yield os.fsdecode(text[start:end])

    def take(self, rows: np.ndarray) -> 'PathTable':
        """The paths of these rows, over the same bytes."""
        return PathTable(self.text, self.starts[rows], self.ends[rows])

    def below(self, folder: str) -> 'PathTable':
        """The paths below a folder, relative to it. The table must be ordered."""
        rows = self.rows_below(folder)
        skipped = len(os.fsencode(folder)) + 1
        return PathTable(self.text, self.starts[rows] + skipped, self.ends[rows], self.ordered)

    def rows_below(self, folder: str) -> slice:
        """The rows of the paths below a folder. The table must be ordered."""
        # '0' follows '/', so the paths below are those between the two.
        return slice(bisect_left(self, f'{folder}/'), bisect_left(self, f'{folder}0'))

    def loose(self) -> np.ndarray:
        """Which paths have no folder: bool (N,)."""
        slashes = np.flatnonzero(self.text == ord('/'))
        following = np.append(slashes, np.iinfo(np.int64).max)[np.searchsorted(slashes, self.starts)]
        return following >= self.ends

    def runs(self) -> Iterator[tuple[str, int, int]]:
        """Neighbours with the same first folder: its name ('' for none), the first row, the last row + 1.

        In an ordered table a folder is one run, found by halving instead of by reading every path.
        """
        if not self.ordered:
            rows = enumerate(path.partition('/')[::2] for path in self)
            for name, run in groupby(rows, key=lambda row: row[1][0] if row[1][1] else ''):
                first, *others = (row for row, _ in run)
                yield name, first, (others or [first])[-1] + 1
            return
        loose, row = self.loose(), 0
        while row < len(self):
            if loose[row]:
                rest = loose[row:]
                name, stop = '', len(self) if rest.all() else row + int(rest.argmin())
            else:
                name = self[row].split('/', 1)[0]
                stop = bisect_left(self, f'{name}0', row)
            yield name, row, stop
            row = stop

    def tops(self) -> list[str]:
        """Names of the first folders, sorted, each once; '' among them where a path has none."""
        return sorted({name for name, _, _ in self.runs()})

    def hashes(self) -> np.ndarray:
        """A hash of each path, uint64 (N,): the same on every machine."""
        digests = [hashlib.blake2b(os.fsencode(path), digest_size=8).digest() for path in self]
        return np.frombuffer(b''.join(digests), '>u8').astype(np.uint64)
