"""Read the same encoded images from a folder, mmcl's packed store, LMDB and WebDataset.

    python benchmarks/store.py [--folder DIR] [--images 5000] [--out F.json]

Every way reads the same images in the same random order (WebDataset: in its own, it knows no other), ``--rounds`` times
by turns; a row is the round that took the least CPU. "raw" reads the bytes of the packed file into one buffer, without
making an object of them: what the others are compared with. Warm: the files are in the page cache. Cold: they were taken
out of it just before; "from disk" says how much really came from the device. Decode: OpenCV on the same bytes.
"""

import argparse
import json
import mmap
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.dirname(os.path.abspath(__file__))))

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from mmcl.datasets.pack import pack_folder  # noqa: E402
from mmcl.datasets.packed_store import PackedStore  # noqa: E402
from mmcl.utils.cli import run_tool  # noqa: E402


def make_images(folder: Path, num: int) -> None:
    """Write JPEGs of 500x375 pixels and about 90 kB in folders of 500."""
    draw, kinds = np.random.default_rng(0), []
    for i in range(num):
        if i < 64:
            coarse = draw.integers(0, 256, (90, 120, 3), dtype=np.uint8)
            picture = cv2.resize(coarse, (500, 375), interpolation=cv2.INTER_CUBIC)
            kinds.append(cv2.imencode('.jpg', picture, [cv2.IMWRITE_JPEG_QUALITY, 90])[1].tobytes())
        (folder / f'{i // 500:04d}').mkdir(parents=True, exist_ok=True)
        (folder / f'{i // 500:04d}' / f'{i:06d}.jpg').write_bytes(kinds[i % 64])


# Each way: a generator that yields a function of the row, and closes what it opened.


@contextmanager
def raw(place: Path) -> Iterator:
    """Into one buffer."""
    store = PackedStore(str(place / 'images.tar'))
    offsets, sizes = store._offsets.tolist(), store._sizes.tolist()
    buffer = memoryview(bytearray(max(sizes)))
    with open(store.path, 'rb', buffering=0) as file:
        yield lambda row: os.preadv(file.fileno(), [buffer[: sizes[row]]], offsets[row])


@contextmanager
def folder(place: Path) -> Iterator:
    """One file an image."""
    root = (place / 'folder').read_text()
    paths = [os.path.join(root, path) for path in PackedStore(str(place / 'images.tar')).paths]

    def read(row: int) -> bytes:
        with open(paths[row], 'rb') as file:
            return file.read()

    yield read


@contextmanager
def packed(place: Path) -> Iterator:
    """The packed store, checksums verified: what training does."""
    yield PackedStore(str(place / 'images.tar')).read


@contextmanager
def packed_unchecked(place: Path) -> Iterator:
    """The same file without checksums."""
    store = PackedStore(str(place / 'images.tar'))
    offsets, sizes = store._offsets, store._sizes
    yield lambda row: os.pread(store._file.fileno(), int(sizes[row]), int(offsets[row]))


@contextmanager
def packed_mapped(place: Path) -> Iterator:
    """The same file through a memory map, without checksums."""
    store = PackedStore(str(place / 'images.tar'))
    offsets, sizes = store._offsets, store._sizes
    with open(store.path, 'rb') as file, mmap.mmap(file.fileno(), 0, prot=mmap.PROT_READ) as mapped:
        yield lambda row: mapped[int(offsets[row]) : int(offsets[row]) + int(sizes[row])]


@contextmanager
def lmdb_bytes(place: Path, readahead: bool = False) -> Iterator:
    """LMDB, the row as the key."""
    import lmdb

    path = str(place / 'images.lmdb')
    with lmdb.open(path, subdir=False, readonly=True, lock=False, readahead=readahead) as env:
        with env.begin(buffers=True) as transaction:
            yield lambda row: bytes(transaction.get(b'%08d' % row))


def lmdb_readahead(place: Path) -> AbstractContextManager:
    """LMDB, the system reads more than is asked for (LMDB's default)."""
    return lmdb_bytes(place, readahead=True)


@contextmanager
def webdataset_in_order(place: Path) -> Iterator:
    """WebDataset on mmcl's store: the next image, whichever row is asked for."""
    import webdataset

    samples = iter(webdataset.WebDataset(str(place / 'images.tar'), shardshuffle=False, empty_check=False))
    yield lambda row: next(samples)['jpg']


WAYS = dict(
    raw=raw,
    folder=folder,
    packed=packed,
    packed_unchecked=packed_unchecked,
    packed_mapped=packed_mapped,
    lmdb=lmdb_bytes,
    lmdb_readahead=lmdb_readahead,
    webdataset_in_order=webdataset_in_order,
)


def prepare(place: Path, source: str | None, num: int) -> PackedStore:
    """Make the images where none are given, the store, and the LMDB file."""
    if source is None:
        source = str(place / 'made')
        make_images(Path(source), num)
    (place / 'folder').write_text(source)
    started = time.time()
    pack_folder(source, str(place / 'images.tar'))
    print(f'packed in {time.time() - started:.1f} s')
    store = PackedStore(str(place / 'images.tar'))
    try:
        import lmdb
    except ImportError:
        return store
    with lmdb.open(str(place / 'images.lmdb'), subdir=False, map_size=4 * os.path.getsize(store.path)) as env:
        with env.begin(write=True) as transaction:
            for row in range(len(store)):
                transaction.put(b'%08d' % row, store.read(row))
    return store


def forget(place: Path) -> None:
    """Take the files out of the page cache (whatever has them mapped must be closed)."""
    root = Path((place / 'folder').read_text())
    for path in [*place.glob('images.*'), *root.rglob('*.*')]:
        if path.is_file():
            with open(path, 'rb') as file:
                os.fsync(file.fileno())
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def from_disk() -> int:
    """Bytes that this process has had read from a device."""
    with open('/proc/self/io') as file:
        return next(int(line.split()[1]) for line in file if line.startswith('read_bytes'))


def measure(place: Path, way: str, rows: list[int], cold: bool) -> dict:
    """Read all rows once."""
    if cold:
        forget(place)
    with WAYS[way](place) as read:
        disk, wall, cpu = from_disk(), time.perf_counter(), time.process_time()
        for row in rows:
            read(row)
        cpu, wall, disk = time.process_time() - cpu, time.perf_counter() - wall, from_disk() - disk
    return dict(us_cpu=1e6 * cpu / len(rows), images_s=len(rows) / wall, mb_from_disk=disk / 1e6)


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument('--folder', help='images to read (default: made)')
    parser.add_argument('--images', type=int, default=5000, help='how many to make (%(default)s)')
    parser.add_argument(
        '--dir', help="where to put the files: the disk that is measured (default: the system's)"
    )
    parser.add_argument('--rounds', type=int, default=5, help='(%(default)s)')
    parser.add_argument('--out', metavar='F.json', help='write the rows there too')
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=args.dir) as place:
        place = Path(place).resolve()
        store = prepare(place, args.folder, args.images)
        rows = np.random.default_rng(0).permutation(len(store)).tolist()
        total = int(store._sizes.sum())
        facts = dict(images=len(store), bytes_an_image=total / len(store))
        for name in ('images.tar', 'images.lmdb'):
            if (place / name).exists():
                facts[f'{name} / bytes of the images'] = os.path.getsize(place / name) / total
        started = time.process_time()
        for row in rows[:200]:
            cv2.imdecode(np.frombuffer(store.read(row), np.uint8), cv2.IMREAD_COLOR)
        facts['us_cpu_decode'] = 1e6 * (time.process_time() - started) / 200
        print(', '.join(f'{name} {value:.4g}' for name, value in facts.items()))
        table = []
        for cold in (False, True):
            found: dict[str, list[dict]] = {}
            for turn in range(args.rounds + 1):
                for way in WAYS:
                    try:
                        result = measure(place, way, rows, cold)
                    except ImportError as error:
                        result = None if turn else print(f'{way}: {error}')
                    if result and turn:  # the first turn only warms up
                        found.setdefault(way, []).append(result)
            best = {way: min(results, key=lambda one: one['us_cpu']) for way, results in found.items()}
            for way, row in best.items():
                row = dict(way=way, cold=cold, **row, cpu_to_raw=row['us_cpu'] / best['raw']['us_cpu'])
                table.append(row)
                print(
                    f'{"cold" if cold else "warm"} {way:20} {row["us_cpu"]:7.1f} us CPU an image, '
                    f'{row["cpu_to_raw"]:5.2f} x raw, {row["images_s"]:8.0f} images/s, '
                    f'{row["mb_from_disk"]:7.1f} MB from disk'
                )
        if args.out:
            Path(args.out).write_text(json.dumps(dict(facts, rows=table), indent=1) + '\n')


if __name__ == '__main__':
    run_tool(main)
