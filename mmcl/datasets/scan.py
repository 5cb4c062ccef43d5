"""Find the image files of a folder and look at their headers."""

import os
import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

from PIL import Image

from mmcl.utils.errors import InputError

EXTENSIONS = frozenset(
    '.jpg .jpeg .jpe .jfif .png .bmp .dib .webp .tif .tiff .ppm .pgm .pbm .pnm .gif .jp2 .avif'.split()
)

_BLOCK = 64  # files


def find_images(
    root: str, folders: dict[str, os.stat_result] | None = None
) -> tuple[list[str], dict[str, int]]:
    """List the images below a folder, at any depth.

    Hidden files and folders are left out. Links are followed, and what two paths lead to is listed once: by
    its own path where that is below ``root``, else by the first link. A link to a folder above itself is not
    followed.

    Args:
        root (str): The folder.
        folders (dict, optional): Is filled with every folder that was looked into: its path relative to
            ``root``, and what ``os.stat`` said before.

    Returns:
        tuple: Paths relative to ``root`` with ``/`` between their parts, sorted; and how many other files
        there are of each extension.

    Raises:
        InputError: ``root`` is no folder, or a folder below it cannot be read.
    """
    if not os.path.isdir(root):
        what = 'is a file' if os.path.exists(root) else 'does not exist'
        raise InputError(
            f'The folder {root!r} {what}', 'a folder of images', 'Give another data_root (or --data-root)'
        )
    real, links, others = {}, [], {}
    for path, entry, target in _walk(root, {} if folders is None else folders):
        extension = os.path.splitext(entry.name)[1].lower()
        if extension not in EXTENSIONS:
            others[extension] = others.get(extension, 0) + 1
        elif entry.is_symlink():
            links.append(path)
        else:
            real[target] = path
    for path in sorted(links):
        real.setdefault(os.path.realpath(os.path.join(root, path)), path)
    return sorted(real.values()), others


def _walk(root: str, folders: dict[str, os.stat_result]) -> Iterator[tuple[str, os.DirEntry, str]]:
    """Yield (path relative to root, entry, path free of linked folders) of every visible file.

    Real folders come before linked ones; ``folders`` is filled as in :func:`find_images`.
    """
    seen, real, linked = set(), [''], []
    while real or linked:
        folder = real.pop() if real else linked.pop(0)
        full = os.path.join(root, folder)
        target = os.path.realpath(full)
        if target in seen:
            continue
        seen.add(target)
        try:
            folders[folder] = os.stat(full)
            entries = sorted(os.scandir(full), key=lambda entry: entry.name)
        except OSError as error:
            raise InputError(
                f'The folder {full!r} cannot be read ({error.strerror})',
                'a folder that this user may read',
                'Mend its rights',
            ) from error
        for entry in entries:
            path = f'{folder}/{entry.name}' if folder else entry.name
            if entry.name.startswith('.'):
                continue
            if not _is_dir(entry):
                yield path, entry, os.path.join(target, entry.name)
            elif not entry.is_symlink():
                real.append(path)
            elif not _is_above(entry.path):
                linked.append(path)


def _is_dir(entry: os.DirEntry) -> bool:
    """Whether an entry is a folder; a link to itself, which raises, is none."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_above(link: str) -> bool:
    """Whether a link leads to a folder that it lies in."""
    target = os.path.realpath(link)
    return os.path.commonpath([target, os.path.realpath(os.path.dirname(link))]) == target


def unreadable(paths: Sequence[str], threads: int = 16) -> list[int]:
    """Positions of the files whose header no decoder recognises, or which cannot be opened.

    Only headers are read. Threads wait for the disk together, which a network file system needs.
    """
    # Pillow finds its readers on first use; threads that do so together would race.
    Image.init()
    blocks = [range(first, min(first + _BLOCK, len(paths))) for first in range(0, len(paths), _BLOCK)]
    with ThreadPoolExecutor(threads) as pool, warnings.catch_warnings():
        # A large image is no attack here, and strange metadata is the decoder's business.
        warnings.simplefilter('ignore')
        # A task is a block: one for every file would take a kilobyte each.
        bad = pool.map(lambda rows: [row for row in rows if not _has_image_header(paths[row])], blocks)
        return [row for rows in bad for row in rows]


def _has_image_header(path: str) -> bool:
    try:
        with Image.open(path):
            return True
    except Image.DecompressionBombError:
        return True
    # Pillow's readers let struct.error, SyntaxError, IndexError and others out when a header is broken.
    except Exception:
        return False
