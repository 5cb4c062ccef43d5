"""Labels of images: from class folders or a list file, whether they can be right, and which images each class has."""

import os
from collections.abc import Iterable, Sequence

import numpy as np

from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix

from .path_table import PathTable

SPLIT_NAMES = {'train', 'training', 'val', 'valid', 'validation', 'test', 'testing'}
_NAMES_SHOWN = 5


def folder_labels(
    paths: PathTable, classes: Sequence[str] | None, folder: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """Number images by the first folder of their paths.

    Args:
        paths (PathTable): Paths relative to ``folder``.
        classes (Sequence[str], optional): Names of the folders in the order of their numbers; None: those that there
            are, sorted.
        folder (str): Named in errors.

    Returns:
        tuple: int64 (N,) labels, and the class names.

    Raises:
        InputError: Images outside of folders, folders that are no class, or that are named like splits.
    """
    runs = list(paths.runs())
    loose = [paths[row] for name, first, stop in runs if not name for row in range(first, stop)]
    names = sorted({name for name, _, _ in runs if name})
    if loose:
        raise InputError(
            f"labels='folders', but {len(loose)} images lie in {folder!r} itself ({some(loose)})",
            f'every image in a class folder (there are {len(names)})',
            "Move them into class folders, or set labels='none'",
        )
    if {name.lower() for name in names} <= SPLIT_NAMES:
        raise InputError(
            f"labels='folders', but {folder!r} has the folders {', '.join(names)}: splits",
            'class folders',
            f'Give one of them: {os.path.join(folder, names[0])}',
        )
    classes = tuple(names if classes is None else classes)
    unknown = sorted(set(names) - set(classes))
    if unknown:
        raise InputError(
            f'{folder!r} has folders that are no class: {some(unknown)}',
            f'the {len(classes)} class names {some(classes)}',
            'Remove those folders, or take classes out of metainfo',
        )
    number = {name: label for label, name in enumerate(classes)}
    labels = np.empty(len(paths), dtype=np.int64)
    for name, first, stop in runs:
        labels[first:stop] = number[name]
    return labels, classes


def check_empty_classes(folder: str, names: Iterable[str]) -> None:
    """Refuse class folders without images: a split that fills them would number differently."""
    folders = {
        entry.name for entry in os.scandir(folder) if entry.is_dir() and not entry.name.startswith('.')
    }
    empty = sorted(folders - set(names))
    if empty:
        raise InputError(
            f'Class folders of {folder!r} hold no images: {some(empty)}',
            'at least one image in every class folder',
            'Remove them, or name the classes: metainfo=dict(classes=[...])',
        )


def check_labels(labels: np.ndarray, classes: Sequence[str] | None, source: str) -> None:
    """Refuse labels below 0, above the named classes, or with gaps where no classes are named.

    Args:
        labels (ndarray): int64 (N,).
        classes (Sequence[str], optional): Class names.
        source (str): Where the labels are from.

    Raises:
        InputError: A label that is refused.
    """
    found = set(np.unique(labels).tolist())
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
                f'The labels of {source} go from {min(found)} to {max(found)}; '
                f'{what}: {some(map(str, sorted(wrong)))}',
                expected,
                'Renumber the labels, or name all classes: metainfo=dict(classes=[...])',
            )


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
    check_argument(lines, f'The list file {path!r} has no lines', 'one image path a line')
    fields = [line.rsplit(maxsplit=1) for line in lines]
    if all(len(field) == 2 and field[1].lstrip('-').isdecimal() for field in fields):
        return [field[0] for field in fields], [int(field[1]) for field in fields]
    return lines, None


def rows_by_class(labels: np.ndarray, rows: np.ndarray) -> list[np.ndarray]:
    """Share rows out to the classes there are among them, lowest first; a class's rows keep their order.

    Args:
        labels (ndarray): int64 (N,).
        rows (ndarray): Some of 0 to N - 1, int64 (M,).

    Returns:
        list[ndarray]: Rows of each class, none of them empty.
    """
    rows = rows[np.argsort(labels[rows], kind='stable')]
    return np.split(rows, np.flatnonzero(np.diff(labels[rows])) + 1) if len(rows) else []


def shuffled_by_class(labels: np.ndarray, seed: int, choice: int) -> list[np.ndarray]:
    """:func:`rows_by_class` of all that have one, in a random order that is fixed by (seed, choice, row).

    Args:
        labels (ndarray): int64 (N,), -1 where unknown.
        seed (int): >= 0.
        choice (int): Keeps what is drawn apart from other hashes of (seed, row).
    """
    known = np.flatnonzero(labels >= 0)
    return rows_by_class(labels, known[np.argsort(mix(seed, choice, known), kind='stable')])


def some(names: Iterable[str]) -> str:
    """The first few names, fit to print: a name that is no UTF-8 shows its bytes."""
    names = [os.fsencode(name).decode(errors='backslashreplace') for name in names]
    more = f' and {len(names) - _NAMES_SHOWN} more' if len(names) > _NAMES_SHOWN else ''
    return ', '.join(names[:_NAMES_SHOWN]) + more


def check_argument(fine: object, given: str, expected: str) -> None:
    """Raise for a wrong argument of a dataset."""
    if not fine:
        raise InputError(given, expected, 'Change the dataset in the config')
