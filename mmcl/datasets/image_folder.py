"""A folder of photographs: no labels, class folders, or a list file."""

import hashlib
import logging
import os
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from mmengine.logging import print_log

from mmcl.registry import DATASETS
from mmcl.utils.errors import InputError

from .base import IndexedDataset, rows_of
from .scan import find_images, unreadable

_SPLIT_NAMES = {'train', 'training', 'val', 'valid', 'validation', 'test', 'testing'}
_NAMES_SHOWN = 5


@DATASETS.register_module()
class ImageFolder(IndexedDataset):
    """All images below a folder, in the order of their paths.

    Any depth and any mix of formats; see :func:`~mmcl.datasets.scan.find_images` for links and hidden files.
    Files whose header is not an image's are rejected, counted in the log and listed in ``rejected``.

    Args:
        data_root (str): The folder.
        labels (str): ``'none'``, or ``'folders'``: the first folder below ``data_root`` is the class, classes
            are numbered in the order of their names (or of ``metainfo['classes']``, names of folders).
        ann_file (str): List file, absolute or below ``data_root``: one path a line, relative to the folder of
            the images. If every line ends in a whole number, it is the label (paths may hold spaces). Empty:
            all images of the folder.
        data_prefix (str): Folder of the images below ``data_root``.
        split (str, optional): ``'train'`` or ``'val'`` of a fixed division of the images; None keeps all. A
            class's images are ordered by a hash of their paths and the first ``val_fraction`` (at least one)
            are ``'val'``, so the division is the same on every machine.
        val_fraction (float): In (0, 1).
        check_headers (bool): Open every file once at the start. False for a set that is known to be whole.
        **kwargs: See :class:`~mmcl.datasets.base.IndexedDataset`.

    Attributes:
        folder (str): The folder that paths are relative to.
        list_file (str): The list file, or ``''``.
        rejected (list[str]): Paths of the files that the header check took out.

    Raises:
        InputError: The folder or the list is missing, holds no image, is ambiguous, or too many files are
            unreadable.
    """

    def __init__(
        self,
        data_root: str,
        labels: str = 'none',
        ann_file: str = '',
        data_prefix: str = '',
        split: str | None = None,
        val_fraction: float = 0.1,
        check_headers: bool = True,
        **kwargs: Any,
    ) -> None:
        _check(labels in ('none', 'folders'), f'labels={labels!r}', "'none' or 'folders'")
        _check(split in (None, 'train', 'val'), f'split={split!r}', "'train', 'val' or None")
        _check(0 < val_fraction < 1, f'val_fraction={val_fraction!r}', 'a share between 0 and 1')
        self.labels = labels
        self.split = split
        self.val_fraction = val_fraction
        self.check_headers = check_headers
        self.rejected: list[str] = []
        self.list_file = os.path.join(data_root, ann_file) if ann_file else ''
        self.folder = os.path.join(data_root, data_prefix) if data_prefix else data_root
        super().__init__(data_root=data_root, **kwargs)

    def load_data_list(self) -> list[dict]:
        """Find the images; one ``dict(img_path, gt_label)`` each, ``gt_label`` only where it is known."""
        if self.list_file:
            paths, labels = read_list(self.list_file)
        else:
            paths, others = find_images(self.folder)
            labels = None
            if not paths:
                raise InputError(
                    f'The folder {self.folder!r} holds {_told(others)}', 'images in it', _OTHER_ROOT
                )
        if self.labels == 'folders':
            _check(labels is None, f"labels='folders' with labels in {self.list_file}", 'one of the two')
            labels = self._folder_labels(paths)
        rows = self._readable(paths, self._rows_of_split(paths, labels))
        rows = [rows[i] for i in rows_of(self.indices, len(rows))]
        entries = [dict(img_path=os.path.join(self.folder, paths[row])) for row in rows]
        if labels is not None:
            self._check_labels(labels)
            for entry, row in zip(entries, rows):
                entry['gt_label'] = labels[row]
        return entries

    def _folder_labels(self, paths: Sequence[str]) -> list[int]:
        """Number the class folders."""
        loose = [path for path in paths if '/' not in path]
        names = sorted({path.split('/', 1)[0] for path in paths if '/' in path})
        if loose:
            raise InputError(
                f"labels='folders', but {len(loose)} images lie in {self.folder!r} itself ({_some(loose)})",
                f'every image in a class folder (there are {len(names)})',
                "Move them into class folders, or set labels='none'",
            )
        if {name.lower() for name in names} <= _SPLIT_NAMES:
            raise InputError(
                f"labels='folders', but {self.folder!r} has the folders {', '.join(names)}: splits",
                'class folders',
                f'Give one of them: {os.path.join(self.folder, names[0])}',
            )
        named = 'classes' in self._metainfo
        classes = self._metainfo.setdefault('classes', tuple(names))
        unknown = sorted(set(names) - set(classes))
        if unknown:
            raise InputError(
                f'{self.folder!r} has folders that are no class: {_some(unknown)}',
                f'the {len(classes)} class names {_some(classes)}',
                'Remove those folders, or take classes out of metainfo',
            )
        if not self.list_file and not named:
            self._check_empty_classes(names)
        number = {name: label for label, name in enumerate(classes)}
        return [number[path.split('/', 1)[0]] for path in paths]

    def _check_empty_classes(self, names: Iterable[str]) -> None:
        """Refuse class folders without images: a split that fills them would number differently."""
        folders = {
            entry.name
            for entry in os.scandir(self.folder)
            if entry.is_dir() and not entry.name.startswith('.')
        }
        empty = sorted(folders - set(names))
        if empty:
            raise InputError(
                f'Class folders of {self.folder!r} hold no images: {_some(empty)}',
                'at least one image in every class folder',
                'Remove them, or name the classes: metainfo=dict(classes=[...])',
            )

    def _check_labels(self, labels: Sequence[int]) -> None:
        """Refuse labels below 0, above the named classes, or with gaps where no classes are named."""
        classes = self._metainfo.get('classes')
        found = set(labels)
        if classes is None:
            allowed = set(range(max(found) + 1))
            gaps, expected = (
                allowed - found,
                'labels 0 to the number of classes minus 1, each used at least once',
            )
        else:
            allowed = set(range(len(classes)))
            gaps, expected = (
                set(),
                f'labels 0 to {len(classes) - 1}, as metainfo names {len(classes)} classes',
            )
        for what, wrong in (('outside', found - allowed), ('missing', gaps)):
            if wrong:
                raise InputError(
                    f'The labels of {self.list_file} go from {min(found)} to {max(found)}; '
                    f'{what}: {_some(map(str, sorted(wrong)))}',
                    expected,
                    'Renumber the labels, or name all classes: metainfo=dict(classes=[...])',
                )

    def _rows_of_split(self, paths: Sequence[str], labels: Sequence[int] | None) -> list[int]:
        """Rows of this split, in order."""
        if self.split is None:
            return list(range(len(paths)))
        groups = defaultdict(list)
        for row in range(len(paths)):
            groups[labels[row] if labels is not None else 0].append(row)
        val = set()
        for rows in groups.values():
            # A class of one image has none to spare: it stays in the training part.
            num_val = max(1, round(self.val_fraction * len(rows))) if len(rows) > 1 else 0
            val.update(sorted(rows, key=lambda row: _path_hash(paths[row]))[:num_val])
        kept = [row for row in range(len(paths)) if (row in val) == (self.split == 'val')]
        _check(
            kept, f'split={self.split!r} of {len(paths)} images in {self.folder!r} is empty', 'more images'
        )
        return kept

    def _readable(self, paths: Sequence[str], rows: Sequence[int]) -> list[int]:
        """Take out the files that are no images; a listed file that is missing is an error."""
        full = [os.path.join(self.folder, paths[row]) for row in rows]
        if self.list_file:
            missing = [path for path in full if not os.path.isfile(path)]
            if missing:
                raise InputError(
                    f'{len(missing)} of {len(full)} files in {self.list_file} are missing ({_some(missing)})',
                    f'paths relative to {self.folder!r}, or "path label" with a whole number in every line',
                    'Mend the list, data_root or data_prefix',
                )
        bad = set(unreadable(full)) if self.check_headers else set()
        if not bad:
            return list(rows)
        self.rejected = [full[i] for i in sorted(bad)]
        found = f'{len(bad)} of {len(full)} files are no readable images ({_some(self.rejected)})'
        print_log(f'{found}; they are left out', 'current', logging.WARNING)
        self.rejected_share = len(bad) / len(full)
        self._check_share(self.rejected_share, found)
        return [row for i, row in enumerate(rows) if i not in bad]


_OTHER_ROOT = 'Give another data_root (or --data-root)'


def has_class_folders(root: str) -> bool:
    """Whether a folder's images all lie in at least two folders that are not named like splits."""
    paths, _ = find_images(root)
    names = {path.split('/', 1)[0].lower() for path in paths if '/' in path}
    return len(names) > 1 and all('/' in path for path in paths) and not names <= _SPLIT_NAMES


def read_list(path: str) -> tuple[list[str], list[int] | None]:
    """Read a list file.

    Args:
        path (str): One image path a line. If the last field of every line is a whole number, and another
            stands before it, that field is the label.

    Returns:
        tuple: The paths, and the labels or None.

    Raises:
        InputError: No such file, or no line in it.
    """
    try:
        # File names are bytes: what is no UTF-8 must come back as the same bytes.
        with open(path, encoding='utf-8-sig', errors='surrogateescape') as file:
            lines = [line.strip() for line in file if line.strip()]
    except OSError as error:
        raise InputError(
            f'The list file {path!r} cannot be read ({error.strerror})',
            'a text file with one image path a line',
            'Mend ann_file',
        ) from error
    _check(lines, f'The list file {path!r} has no lines', 'one image path a line')
    fields = [line.rsplit(maxsplit=1) for line in lines]
    if all(len(field) == 2 and field[1].lstrip('-').isdecimal() for field in fields):
        return [field[0] for field in fields], [int(field[1]) for field in fields]
    return lines, None


def _path_hash(path: str) -> bytes:
    return hashlib.blake2b(os.fsencode(path), digest_size=8).digest()


def _some(names: Iterable[str]) -> str:
    """The first few names, fit to print: a name that is no UTF-8 shows its bytes."""
    names = [os.fsencode(name).decode(errors='backslashreplace') for name in names]
    more = f' and {len(names) - _NAMES_SHOWN} more' if len(names) > _NAMES_SHOWN else ''
    return ', '.join(names[:_NAMES_SHOWN]) + more


def _told(others: dict[str, int]) -> str:
    """What a folder without images holds instead."""
    if not others:
        return 'no files'
    kinds = _some(f'{num} {extension or "without extension"}' for extension, num in sorted(others.items()))
    return f'{sum(others.values())} files, none of them an image ({kinds})'


def _check(fine: object, given: str, expected: str) -> None:
    """Raise for a wrong argument."""
    if not fine:
        raise InputError(given, expected, 'Change the dataset in the config')
