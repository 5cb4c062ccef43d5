"""Which images of a training set keep their labels: a few percent, the same number of each class."""

import os
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from mmcl.utils.errors import InputError, expect

from .class_labels import read_list, shuffled_by_class

_CHOICE = 0x6C6162656C6C6564  # keeps the choice of labels apart from other hashes of (seed, row)
_WAYS = ('per_class', 'share', 'file')
_REMEDY = 'Change labelled in the dataset of the config, e.g. labelled=dict(share=0.01)'


def check_labelled(labelled: Any) -> None:
    """Refuse a ``labelled`` argument that :class:`~mmcl.datasets.base.IndexedDataset` does not know.

    Raises:
        InputError: No dict, an unknown key, not exactly one way of choosing, or a number out of range.
    """
    if labelled is None:
        return
    given = f'labelled={labelled!r}'
    known = (*_WAYS, 'seed', 'only')
    good = isinstance(labelled, dict) and set(labelled) <= set(known)
    expect(good, given, f'a dict with keys among {", ".join(known)}', _REMEDY)
    ways = [way for way in _WAYS if labelled.get(way) is not None]
    expect(len(ways) == 1, given, f'exactly one of {", ".join(_WAYS)}', _REMEDY)
    share, per_class = labelled.get('share'), labelled.get('per_class')
    expect(share is None or 0 < share <= 1, given, 'a share above 0, at most 1', _REMEDY)
    expect(per_class is None or per_class >= 1, given, 'at least one image a class', _REMEDY)


def keeps_label(labels: np.ndarray, names: Callable[[], Iterable[str] | None], labelled: dict) -> np.ndarray:
    """Choose the images whose labels may be used.

    The choice by ``share`` or ``per_class`` is random, fixed by ``seed`` and the images' places, and grows: what a smaller share
    keeps, a larger one keeps too.

    Args:
        labels (ndarray): int64 (N,), -1 where unknown.
        names (callable): Gives the images' paths, or None where they have none.
        labelled (dict): A checked ``labelled`` argument.

    Returns:
        ndarray: bool (N,).

    Raises:
        InputError: There is nothing to choose from, or too little.
    """
    keep = np.zeros(len(labels), dtype=bool)
    if labelled.get('file') is not None:
        file, paths = labelled['file'], names()
        expect(paths is not None, f'labelled=dict(file={file!r}) for images in memory', 'files', _REMEDY)
        listed = {os.path.basename(path) for path in read_list(file)[0]}
        keep[:] = [os.path.basename(path) in listed for path in paths]
        keep &= labels >= 0
    else:
        for rows in shuffled_by_class(labels, labelled.get('seed', 0), _CHOICE):
            keep[rows[: _number(len(rows), int(labels[rows[0]]), labelled)]] = True
    if not keep.any():
        raise InputError(
            f'labelled={labelled} chooses none of {len(labels)} images, {(labels >= 0).sum()} of which have a label',
            'images with labels, and names that are theirs',
            'Train without labels, give labelled images, or mend labelled in the dataset of the config',
        )
    return keep


def _number(there: int, label: int, labelled: dict) -> int:
    """Labels that a class of ``there`` images keeps."""
    per_class = labelled.get('per_class')
    if per_class is None:
        return max(1, int(labelled['share'] * there + 0.5))
    given = f'labelled=dict(per_class={per_class}) and {there} images of class {label}'
    expect(per_class <= there, given, 'as many images in every class', _REMEDY)
    return per_class
