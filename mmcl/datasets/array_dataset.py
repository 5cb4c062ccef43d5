"""Small sets that live in memory as one array."""

from abc import ABC, abstractmethod

import numpy as np

from mmcl.utils.errors import InputError

from .base import IndexedDataset, rows_of


class ArrayDataset(IndexedDataset, ABC):
    """A dataset over one uint8 array, which forked loader workers share with their parent.

    Subclasses define :meth:`load_arrays`. Arguments are those of :class:`~mmcl.datasets.base.IndexedDataset`.

    Attributes:
        images (ndarray): uint8 (N, H, W, C), C 1 or 3 (RGB).
        gt_labels (ndarray): int64 (N,), -1 where unknown.
    """

    @abstractmethod
    def load_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Read ``images`` and ``gt_labels`` of the whole split."""

    def full_init(self) -> None:
        """Load the arrays, once."""
        if self._fully_initialized:
            return
        images, labels = self.load_arrays()
        if self.indices is not None:
            rows = rows_of(self.indices, len(images))
            images, labels = images[rows], labels[rows]
        self.images, self.gt_labels = images, labels
        self.finish_init()

    def __len__(self) -> int:
        self.full_init()
        return len(self.images)

    def get_data_info(self, idx: int) -> dict:
        """One image: ``img`` (a view of the shared array), ``gt_label`` and ``sample_idx``."""
        row = self._row(idx)
        return dict(img=self.images[row], gt_label=int(self.gt_labels[row]), sample_idx=row)

    def keep_rows(self, rows: np.ndarray) -> None:
        """Drop all but these rows."""
        self.images, self.gt_labels = self.images[rows], self.gt_labels[rows]


def check_split(split: str) -> None:
    """Refuse a split other than ``'train'`` or ``'test'``."""
    if split not in ('train', 'test'):
        raise InputError(f'split={split!r}', "'train' or 'test'", 'Change split in the dataset of the config')
