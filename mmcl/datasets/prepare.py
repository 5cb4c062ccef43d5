"""Find Fashion-MNIST, wherever it can be had without asking the user for anything."""

import gzip
import json
import os
import shutil
import socket
import struct
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mmcl.utils.errors import InputError

from .digits import CLASSES, digit_arrays
from .fashion_mnist import FILES, SOURCE_FILE, find_idx_folder, idx_file, read_source

DEBIAN_FOLDER = Path('/usr/share/datasets/fashion-mnist')
_PACKAGE = 'dataset-fashion-mnist'
_NAMES = [name for pair in FILES.values() for name in pair]
_TIMEOUT_S = 20


@dataclass(frozen=True)
class PreparedData:
    """Where the four files are.

    Args:
        root (str): The folder that holds them.
        source (str): Where they came from, for people.
        degraded (bool): True: not Fashion-MNIST but scikit-learn's digits in the same files.
    """

    root: str
    source: str
    degraded: bool


class Unavailable(Exception):
    """One source cannot give the data; the message says why."""


def find_fashion_mnist(cache_dir: str, say: Callable[[str], None] = print) -> PreparedData:
    """Try ``MMCL_DATA``, Debian's folder, Debian's package, torchvision's download, scikit-learn's digits.

    Args:
        cache_dir (str): Folder for what is downloaded; a later call finds it there.
        say (Callable): Gets one line for each source that was tried.

    Raises:
        InputError: ``MMCL_DATA`` is set and does not hold the files, or ``cache_dir`` cannot be made.
    """
    cache = _make_folder(cache_dir)
    sources = [
        ('the folder in MMCL_DATA', from_environment),
        ("Debian's folder", from_debian_folder),
        (f"Debian's package {_PACKAGE}", lambda: from_debian_package(cache / 'debian')),
        ("torchvision's download", lambda: from_torchvision(cache / 'torchvision')),
    ]
    for source, find in sources:
        try:
            root = find()
        except Unavailable as reason:
            say(f'{source}: {reason}')
            continue
        say(f'{source}: taken, {root}')
        return PreparedData(str(root), source, degraded=False)
    root = write_digits(cache / 'digits')
    source = "scikit-learn's digits"
    say(f'{source}: taken as a stand-in; results are DEGRADED, they say nothing about Fashion-MNIST')
    return PreparedData(str(root), source, degraded=True)


def from_environment() -> Path:
    """The folder that the user names; a wrong one is an error, as the user meant it."""
    named = os.environ.get('MMCL_DATA')
    if not named:
        raise Unavailable('not set')
    for folder in (Path(named), Path(named, 'fashion-mnist'), Path(named, 'fashion_mnist')):
        found = find_idx_folder(str(folder))
        if found is not None:
            return found
    missing = [name for name in _NAMES if idx_file(Path(named), name) is None]
    raise InputError(
        f'MMCL_DATA={named!r} {"lacks " + ", ".join(missing) if os.path.isdir(named) else "is no folder"}',
        f'a folder with {", ".join(_NAMES)} (raw or .gz)',
        'Put the files there, or unset MMCL_DATA to have them fetched',
    )


def from_debian_folder() -> Path:
    """Where the installed package puts the files."""
    return _folder_with_files(DEBIAN_FOLDER, 'not installed')


def from_debian_package(folder: Path) -> Path:
    """Download and unpack the package below ``folder``; needs no root and leaves the system as it is."""
    unpacked = folder / 'root' / DEBIAN_FOLDER.relative_to('/')
    if find_idx_folder(str(unpacked)) is None:
        for program in ('apt-get', 'dpkg-deb'):
            if shutil.which(program) is None:
                raise Unavailable(f'no {program} here')
        lists = folder / 'lists'
        (lists / 'partial').mkdir(parents=True, exist_ok=True)
        try:
            _run(_apt('download', _PACKAGE), folder)
        except Unavailable:
            # The system's package lists are old or absent, as in containers. Newer ones go into the cache.
            own = (f'-oDir::State::Lists={lists.resolve()}', f'-oDir::Cache={folder.resolve()}')
            _run(_apt('update', *own), folder)
            _run(_apt('download', _PACKAGE, *own), folder)
        archive = max(folder.glob(f'{_PACKAGE}_*.deb'), key=os.path.getmtime)
        _run(['dpkg-deb', '-x', archive.name, 'root'], folder)
    return _folder_with_files(unpacked, 'the package does not hold the files')


def from_torchvision(folder: Path) -> Path:
    """Let torchvision download and check the files."""
    from torchvision.datasets import FashionMNIST

    previous = socket.getdefaulttimeout()
    socket.setdefaulttimeout(_TIMEOUT_S)
    try:
        FashionMNIST(str(folder), download=True)
    # torchvision lets RuntimeError, urllib's and http.client's errors out; all mean: try the next source.
    except Exception as error:
        raise Unavailable(' '.join(f'{type(error).__name__}: {error}'.split())) from error
    finally:
        socket.setdefaulttimeout(previous)
    return _folder_with_files(folder, 'the download does not hold the files')


def write_digits(folder: Path) -> Path:
    """Write scikit-learn's digits, enlarged to 28x28, as the four files."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, (image_name, label_name) in FILES.items():
        images, labels = digit_arrays(split, side=28)
        write_idx(folder / f'{image_name}.gz', images[..., 0])
        write_idx(folder / f'{label_name}.gz', labels.astype(np.uint8))
    return folder


def write_idx(path: Path, values: np.ndarray) -> None:
    """Write a uint8 array as a gzip IDX file."""
    header = struct.pack(f'>HBB{values.ndim}I', 0, 8, values.ndim, *values.shape)
    path.write_bytes(gzip.compress(header + np.ascontiguousarray(values).tobytes(), mtime=0))


def install(found: PreparedData, target: str) -> None:
    """Copy the four files into ``target`` and write ``source.json`` last, each in one step."""
    folder = _make_folder(target)
    (folder / SOURCE_FILE).unlink(missing_ok=True)
    for name in _NAMES:
        source = idx_file(Path(found.root), name)
        copy = folder / source.name
        if copy.exists() and copy.samefile(source):
            continue
        shutil.copyfile(source, folder / f'{source.name}.part')
        os.replace(folder / f'{source.name}.part', copy)
        # A raw file left from an earlier source would be read before this gzip one.
        other = folder / (name if copy.suffix == '.gz' else f'{name}.gz')
        other.unlink(missing_ok=True)
    facts = dict(source=found.source, degraded=found.degraded)
    if found.degraded:
        facts['classes'] = CLASSES
    (folder / f'{SOURCE_FILE}.part').write_text(json.dumps(facts, indent=2) + '\n')
    os.replace(folder / f'{SOURCE_FILE}.part', folder / SOURCE_FILE)


def is_prepared(target: str) -> bool:
    """Whether ``target`` already holds Fashion-MNIST itself, all of it."""
    folder = Path(target)
    try:
        return find_idx_folder(target) == folder and read_source(folder).get('degraded') is False
    except InputError:
        return False


def _make_folder(name: str) -> Path:
    folder = Path(name)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f'The folder {name!r} cannot be made ({error.strerror})', 'a place to write to', 'Name another'
        ) from error
    return folder


def _folder_with_files(folder: Path, reason: str) -> Path:
    found = find_idx_folder(str(folder))
    if found is None:
        raise Unavailable(reason)
    return found


def _apt(*arguments: str) -> list[str]:
    quick = (
        f'-oAcquire::http::Timeout={_TIMEOUT_S}',
        f'-oAcquire::https::Timeout={_TIMEOUT_S}',
        '-oAcquire::Retries=1',
    )
    return ['apt-get', '-q', *quick, *arguments]


def _run(command: list[str], folder: Path) -> None:
    """Run a program in ``folder``; its last error line becomes the reason."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=15 * _TIMEOUT_S)
    except subprocess.TimeoutExpired as error:
        raise Unavailable(f'{command[0]} took more than {error.timeout:.0f} s') from error
    except OSError as error:
        raise Unavailable(f'{command[0]}: {error.strerror}') from error
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if line.strip()]
        raise Unavailable(errors[-1] if errors else f'{command[0]} ended with code {done.returncode}')
