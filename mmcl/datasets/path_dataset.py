"""Images that are known by their paths: their list in a few arrays, their labels, a fixed division of them."""

import os
from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from mmcl.utils.errors import InputError

from .base import IndexedDataset, rows_of
from .class_labels import check_argument, check_labels, folder_labels
from .path_table import PathTable


class PathDataset(IndexedDataset, ABC):
    """A dataset over a list of paths, held as arrays that all loader workers share.

    Subclasses define :meth:`find_paths`.

    Args:
        data_root (str): Where the images are.
        labels (str): ``'none'``, or ``'folders'``: the first folder of a path is the class; classes are numbered in the
            order of their names (or of ``metainfo['classes']``, names of folders).
        data_prefix (str): Folder of the images below ``data_root``.
        split (str, optional): ``'train'`` or ``'val'`` of a fixed division of the images; None keeps all. A
            class's images are ordered by a hash of their paths and the first ``val_fraction`` (at least one)
            are ``'val'``, so the division is the same on every machine.
        val_fraction (float): In (0, 1).
        **kwargs: See :class:`~mmcl.datasets.base.IndexedDataset`.

    Attributes:
        folder (str): The folder that paths are relative to.
        paths (PathTable): The list, all of it.
        rows (ndarray): int64 (N,), which rows of ``paths`` the dataset is made of.
        gt_labels (ndarray): int64 (N,), -1 where unknown.
        rejected (list[str]): Paths of the files that were found to be no images.

    Raises:
        InputError: A wrong argument, or labels that cannot be right.
    """

    def __init__(
        self,
        data_root: str,
        labels: str = 'none',
        data_prefix: str = '',
        split: str | None = None,
        val_fraction: float = 0.1,
        **kwargs: Any,
    ) -> None:
        check_argument(labels in ('none', 'folders'), f'labels={labels!r}', "'none' or 'folders'")
        check_argument(split in (None, 'train', 'val'), f'split={split!r}', "'train', 'val' or None")
        check_argument(0 < val_fraction < 1, f'val_fraction={val_fraction!r}', 'a share between 0 and 1')
        self.labels = labels
        self.split = split
        self.val_fraction = val_fraction
        self.rejected: list[str] = []
        self.folder = os.path.join(data_root, data_prefix) if data_prefix else data_root
        super().__init__(data_root=data_root, **kwargs)

    @abstractmethod
    def find_paths(self) -> tuple[PathTable, np.ndarray | None]:
        """Find the images: their paths below ``folder``, and int64 labels where the source has them."""

    def path_hashes(self) -> np.ndarray:
        """:meth:`PathTable.hashes` of the paths; a source that keeps them need not compute them."""
        return self.paths.hashes()

    def readable(self, rows: np.ndarray) -> np.ndarray:
        """Take out the rows whose files are no images."""
        return rows

    def full_init(self) -> None:
        """Find the images and their labels, once."""
        if self._fully_initialized:
            return
        self.paths, labels = self.find_paths()
        if self.labels == 'folders':
            check_argument(
                labels is None, f"labels='folders' with labels in {self.label_source}", 'one of the two'
            )
            named = self._metainfo.get('classes')
            labels, self._metainfo['classes'] = folder_labels(self.paths, named, self.folder)
            self.check_folders(named is not None)
        rows = self.readable(self._rows_of_split(labels))
        self.rows = rows[rows_of(self.indices, len(rows))]
        if labels is None:
            self.gt_labels = np.full(len(self.rows), -1)
        else:
            check_labels(labels, self._metainfo.get('classes'), self.label_source)
            self.gt_labels = labels[self.rows]
        self.finish_init()

    def image_names(self) -> PathTable:
        """The images' paths below ``folder``."""
        return self.paths.take(self.rows)

    @property
    def label_source(self) -> str:
        """Where the labels are from, for messages."""
        return self.folder

    def check_folders(self, named: bool) -> None:
        """Look at what the class folders are apart from their images; ``named``: the user named the classes."""

    def __len__(self) -> int:
        self.full_init()
        return len(self.rows)

    def get_data_info(self, idx: int) -> dict:
        """One image: ``img_path``, ``gt_label`` where it is known, and ``sample_idx``."""
        row = self._row(idx)
        info = dict(img_path=os.path.join(self.folder, self.paths[self.rows[row]]), sample_idx=row)
        if self.gt_labels[row] >= 0:
            info['gt_label'] = int(self.gt_labels[row])
        return info

    def keep_rows(self, rows: np.ndarray) -> None:
        """Drop all but these rows."""
        self.rows, self.gt_labels = self.rows[rows], self.gt_labels[rows]

    def _rows_of_split(self, labels: np.ndarray | None) -> np.ndarray:
        """Rows of this split, in order."""
        num = len(self.paths)
        if self.split is None:
            return np.arange(num)
        groups = np.zeros(num, dtype=np.int64) if labels is None else labels
        order = np.lexsort((self.path_hashes(), groups))
        in_val = np.zeros(num, dtype=bool)
        starts = np.flatnonzero(np.diff(groups[order], prepend=groups.min(initial=0) - 1))
        for rows in np.split(order, starts[1:]):
            # A class of one image has none to spare: it stays in the training part.
            num_val = max(1, round(self.val_fraction * len(rows))) if len(rows) > 1 else 0
            in_val[rows[:num_val]] = True
        kept = np.flatnonzero(in_val == (self.split == 'val'))
        if not len(kept):
            raise InputError(
                f'split={self.split!r} of {num} images in {self.folder!r} is empty',
                'more images',
                'Change the dataset in the config',
            )
        return kept
