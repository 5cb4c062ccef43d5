"""What all datasets share: items that know their index and view key, subsets, how a bad image is replaced."""

import copy
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.dataset import BaseDataset
from mmengine.logging import print_log
from torch.utils.data import get_worker_info

from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix

from .labelled import check_labelled, keeps_label
from .long_tail import check_long_tail, long_tail_rows
from .transforms.loading import LoadImage, UnreadableImage

_DECODED_ONLY = (
    'mmcv',
    'mmpretrain',
    'mmdet',
    'mmseg',
    'torchvision',
)  # libraries whose transforms take arrays
Indices = int | tuple[int, int] | Sequence[int] | dict[str, int] | None
_PART = 0x70617274  # keeps the random order of parts apart from other hashes of a row


def rows_of(indices: Indices, num: int) -> np.ndarray:
    """Turn the ``indices`` argument of a dataset into row numbers.

    Args:
        indices (int | tuple[int, int] | Sequence[int] | dict | None): n: the first n rows, or the last -n where
            negative. A tuple (start, stop): those rows. dict(start=..., stop=...): those of a fixed random order, each
            then in its place, for parts that do not overlap of a set that is sorted by class. A list: exactly
            these. None: all.
        num (int): Rows there are.

    Returns:
        ndarray: int64.

    Raises:
        InputError: A row outside the dataset, or none left.
    """
    if indices is None:
        return np.arange(num)
    if isinstance(indices, int):
        rows = np.arange(num)[:indices] if indices >= 0 else np.arange(num)[indices:]
        fits = 0 < abs(indices) <= num
    elif isinstance(indices, Mapping):
        order = np.argsort(mix(_PART, np.arange(num)), kind='stable')
        start, stop = indices.get('start', 0), indices.get('stop', num)
        rows = np.sort(order[start:stop])
        fits = set(indices) <= {'start', 'stop'} and 0 <= start < stop <= num
    elif isinstance(indices, tuple) and len(indices) == 2:
        rows = np.arange(*indices)
        fits = 0 <= indices[0] < indices[1] <= num
    else:
        rows = np.asarray(indices, dtype=np.int64)
        fits = rows.ndim == 1 and rows.size > 0 and 0 <= rows.min() and rows.max() < num
    if not fits:
        shown = (
            repr(indices)
            if rows.size < 9 or not isinstance(indices, list)
            else f'a list of {len(indices)} rows'
        )
        raise InputError(
            f'indices={shown} for a dataset of {num} images',
            f'a count, a (start, stop) tuple, dict(start=..., stop=...) or a list within 0..{num - 1}, at least one row',
            'Change indices in the dataset of the config',
        )
    return rows


class IndexedDataset(BaseDataset):
    """A dataset whose items carry ``sample_idx`` and ``view_key``, whatever process or worker loads them.

    An index from :class:`~mmcl.datasets.samplers.ResumableSampler` says its epoch and seed; a plain int means
    epoch 0 and seed 0. An image that cannot be read is replaced by the next index that can, with that index's
    own ``sample_idx``, so the choice is the same in every process and no row is filled with another image's
    feature.

    Args:
        pipeline (Sequence): Transforms, as configs or callables.
        data_root (str): Folder of the data.
        indices: Which rows to keep, see :func:`rows_of`; ``sample_idx`` counts the rows that are kept.
        metainfo (dict, optional): Facts about the set, such as ``classes``.
        labelled (dict, optional): Which images keep their label: ``share`` of each class (at least one image), ``per_class`` images of
            each, or those that a ``file`` lists by name, one a line; ``seed`` chooses others. The rest is left without a label, or
            left out where ``only`` is True. Defaults to None: all labels.
        long_tail (dict, optional): Keep fewer and fewer images of each class: ``imbalance``, of the first class over the last; ``profile``
            'exp' or 'pareto' (``power``), see :func:`~mmcl.datasets.long_tail.long_tail_counts`; ``seed`` chooses others. It comes after
            ``indices`` and before ``labelled``. Defaults to None: all images.
        max_corrupt_share (float): Share of unreadable images, 0 to 1, above which loading stops.
        test_mode (bool): Kept for MMEngine; it changes nothing here.
        lazy_init (bool): Read nothing before :meth:`full_init` is called.

    Raises:
        InputError: A transform of another library where an image is not decoded yet; ``labelled`` or ``long_tail`` makes no sense.
    """

    gt_labels: np.ndarray | None = None  # int64 (N,), where a subclass holds the labels as an array

    def __init__(
        self,
        pipeline: Sequence[dict | Callable] = (),
        data_root: str = '',
        indices: Indices = None,
        metainfo: dict | None = None,
        labelled: dict | None = None,
        long_tail: dict | None = None,
        max_corrupt_share: float = 0.1,
        test_mode: bool = False,
        lazy_init: bool = False,
    ) -> None:
        check_labelled(labelled)
        check_long_tail(long_tail)
        self.indices = indices
        self.labelled = labelled
        self.long_tail = long_tail
        self.rejected_share = 0.0  # what a check before loading has already found unreadable
        self.max_corrupt_share = max_corrupt_share
        super().__init__(
            data_root=data_root or '',
            metainfo=metainfo,
            pipeline=list(pipeline),
            test_mode=test_mode,
            lazy_init=lazy_init,
        )
        self._check_deferred()

    def _check_deferred(self) -> None:
        """Refuse a transform of another library where it would be given an image that is not decoded yet."""
        steps = self.pipeline.transforms
        for loader, step in zip(steps, steps[1:]):
            library = type(step).__module__.split('.')[0]
            if isinstance(loader, LoadImage) and loader.defer and library in _DECODED_ONLY:
                raise InputError(
                    f'{type(step).__name__} of {library} follows LoadImage(defer=True), which leaves the image encoded',
                    "one of mmcl's transforms there, such as MultiView",
                    "Write dict(type='LoadImage') without defer in the pipeline",
                )

    def full_init(self) -> None:
        """Read the list of images (or the images), once."""
        if not self._fully_initialized:
            super().full_init()
            self.finish_init()

    def finish_init(self) -> None:
        """What every subclass ends its :meth:`full_init` with: leave out and unlabel what ``long_tail`` and ``labelled`` do not choose."""
        self._fully_initialized = True
        for name in ('long_tail', 'labelled'):
            asked = getattr(self, name)
            if asked is not None and self.gt_labels is None:
                raise InputError(
                    f'{name}={asked} for {type(self).__name__}, which holds no array of labels',
                    'a dataset of mmcl',
                    f'Take {name} out of the dataset of the config',
                )
        if self.long_tail is not None:
            rows = long_tail_rows(self.gt_labels, self.long_tail)
            print_log(f'{len(rows)} of {len(self.gt_labels)} images are kept, {self.long_tail}.', 'current')
            self.keep_rows(rows)
        if self.labelled is not None:
            labels = self.gt_labels
            keep = keeps_label(labels, self.image_names, self.labelled)
            self.gt_labels = np.where(keep, labels, -1)
            if self.labelled.get('only'):
                self.keep_rows(np.flatnonzero(keep))
            print_log(f'{keep.sum()} of {len(keep)} images keep their label, {self.labelled}.', 'current')
        self._forget_failures()

    def image_names(self) -> Iterable[str] | None:
        """The images' paths, where they have some."""
        return None

    def get_subset_(self, indices: int | Sequence[int]) -> None:
        """Keep only these rows, as in MMEngine (a tuple is a sequence of rows here)."""
        self.keep_rows(rows_of(indices if isinstance(indices, int) else list(indices), len(self)))
        self._forget_failures()

    def get_subset(self, indices: int | Sequence[int]) -> 'IndexedDataset':
        """Give a dataset of these rows, as in MMEngine (a tuple is a sequence of rows here)."""
        self.full_init()
        subset = copy.copy(self)
        subset.get_subset_(indices)
        return subset

    def keep_rows(self, rows: np.ndarray) -> None:
        """Drop all but these rows from the list of images; never in place, since a copy may hold the same arrays."""
        super().get_subset_(rows.tolist())

    def __getitem__(self, idx: int) -> Any:
        return self.__getitems__([idx])[0]

    def __getitems__(self, idxs: Sequence[int]) -> list:
        """Give the items of a whole batch (PyTorch's loader calls this); one hash makes all keys."""
        if get_worker_info() is not None:
            # PyTorch gives each worker one thread; OpenCV would take all cores in each of them.
            cv2.setNumThreads(0)
        self.full_init()
        epochs = np.array([getattr(idx, 'epoch', 0) for idx in idxs])
        seeds = np.array([getattr(idx, 'seed', 0) for idx in idxs])
        rows = np.array([self._row(idx) for idx in idxs])
        keys = (mix(seeds, epochs, rows) >> np.uint64(1)).tolist()
        return [self.prepare_data(idx, key) for idx, key in zip(idxs, keys)]

    def prepare_data(self, idx: int, view_key: int | None = None) -> Any:
        """Load one image and run the pipeline.

        Args:
            idx (int): Index, an ``EpochIndex`` in training.
            view_key (int, optional): ``mix(seed, epoch, idx) >> 1``, where the caller has it already.

        Returns:
            What the pipeline gives; the results that it starts from hold ``sample_idx`` and ``view_key``.

        Raises:
            InputError: More than ``max_corrupt_share`` of the images cannot be read.
        """
        first, size = self._row(idx), len(self)
        for step in range(size):
            row = (first + step) % size
            if self._failed[row]:
                continue
            if view_key is None or step:
                view_key = int(mix(getattr(idx, 'seed', 0), getattr(idx, 'epoch', 0), row)) >> 1
            try:
                data = self.pipeline({**self.load_info(row), 'view_key': view_key})
            except UnreadableImage as error:
                self._note_failure(row, error)
                continue
            if data is not None:
                return data
        raise InputError(
            f'None of the {size} images of {type(self).__name__} can be used',
            'at least one image that opens and that the pipeline does not turn into None',
            'Open one of them with an image viewer, then look at the pipeline in the config',
        )

    def load_info(self, row: int) -> dict:
        """What the pipeline starts from; UnreadableImage where that has to be read and cannot."""
        return self.get_data_info(row)

    def get_cat_ids(self, idx: int) -> list[int]:
        """The image's class in a list, empty where unknown (MMEngine's class-balanced set calls this)."""
        label = self.get_data_info(idx).get('gt_label', -1)
        return [] if label < 0 else [label]

    def get_gt_labels(self) -> np.ndarray:
        """Every image's class, int64 (N,); -1 where it is unknown."""
        self.full_init()
        if self.gt_labels is not None:
            return self.gt_labels.copy()
        return np.array(
            [self.get_data_info(row).get('gt_label', -1) for row in range(len(self))], dtype=np.int64
        )

    def _row(self, idx: int) -> int:
        """Check a position, counting a negative one from the end; IndexError ends a loop over the dataset."""
        size, row = len(self), int(idx)
        if not -size <= row < size:
            raise IndexError(f'index {row} of a dataset of {size} images')
        return row % size

    def _forget_failures(self) -> None:
        # Shared memory: with loader workers the share of bad images is counted over all of them.
        self._failed = torch.zeros(len(self), dtype=torch.bool).share_memory_()

    def _note_failure(self, row: int, error: UnreadableImage) -> None:
        """Remember a bad image, say so once, and stop above the allowed share."""
        self._failed[row] = True
        print_log(f'{error}; the next readable image takes its place', 'current', logging.WARNING)
        num_failed = int(self._failed.sum())
        self._check_share(
            self.rejected_share + num_failed / len(self),
            f'{num_failed} of {len(self)} images cannot be decoded',
        )

    def _check_share(self, share: float, found: str) -> None:
        """Raise where the share of unreadable images is above the limit; ``found`` says what was counted."""
        if share > self.max_corrupt_share:
            raise InputError(
                f'{found} in {self.data_root}',
                f'at most {self.max_corrupt_share:.0%} unreadable images',
                'Replace the files, or raise max_corrupt_share in the dataset of the config',
            )
