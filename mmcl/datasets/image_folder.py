"""A folder of photographs: no labels, class folders, or a list file."""

import logging
import os
from typing import Any

import numpy as np
from mmengine.logging import print_log

from mmcl.registry import DATASETS
from mmcl.utils.errors import InputError

from .class_labels import check_empty_classes, read_list, some
from .folder_index import FolderIndex, index_folder
from .path_dataset import PathDataset
from .path_table import PathTable
from .scan import unreadable


@DATASETS.register_module()
class ImageFolder(PathDataset):
    """All images below a folder, in the order of their paths.

    Any depth and any mix of formats; see :func:`~mmcl.datasets.scan.find_images` for links and hidden files, and
    :func:`~mmcl.datasets.folder_index.index_folder` for how the list of a large folder is kept between starts.
    Files whose header is not an image's are rejected, counted in the log and listed in ``rejected``.

    Args:
        data_root (str): The folder.
        ann_file (str): List file, absolute or below ``data_root``: one path a line, relative to the folder of
            the images. If every line ends in a whole number, it is the label (paths may hold spaces). Empty:
            all images of the folder.
        check_headers (bool): Open every file once at the start. False for a set that is known to be whole.
        reindex (bool): List the folder anew even if a kept list seems to hold.
        **kwargs: See :class:`~mmcl.datasets.path_dataset.PathDataset`.

    Attributes:
        list_file (str): The list file, or ``''``.

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
        reindex: bool = False,
        **kwargs: Any,
    ) -> None:
        self.check_headers = check_headers
        self.reindex = reindex
        self.list_file = os.path.join(data_root, ann_file) if ann_file else ''
        self._index: FolderIndex | None = None
        super().__init__(
            data_root=data_root,
            labels=labels,
            data_prefix=data_prefix,
            split=split,
            val_fraction=val_fraction,
            **kwargs,
        )

    def find_paths(self) -> tuple[PathTable, np.ndarray | None]:
        """Read the list file, or list the folder."""
        if self.list_file:
            paths, labels = read_list(self.list_file)
            return PathTable.of(paths), None if labels is None else np.array(labels, dtype=np.int64)
        self._index = index_folder(self.folder, self.check_headers, self.reindex)
        if not len(self._index.paths):
            raise InputError(
                f'The folder {self.folder!r} holds {_told(self._index.others)}',
                'images in it',
                'Give another data_root (or --data-root)',
            )
        return self._index.paths, None

    def path_hashes(self) -> np.ndarray:
        """Those that the folder's list keeps, where it is the list."""
        return super().path_hashes() if self._index is None else self._index.hashes

    @property
    def label_source(self) -> str:
        """The list file or the folder."""
        return self.list_file or self.folder

    def check_folders(self, named: bool) -> None:
        """Refuse class folders without images, unless a list or the user says which classes there are."""
        if not self.list_file and not named:
            check_empty_classes(self.folder, self._metainfo['classes'])

    def readable(self, rows: np.ndarray) -> np.ndarray:
        """Take out the files that are no images; a listed file that is missing is an error."""
        full = [os.path.join(self.folder, self.paths[row]) for row in rows] if self.list_file else []
        missing = [path for path in full if not os.path.isfile(path)]
        if missing:
            raise InputError(
                f'{len(missing)} of {len(full)} files in {self.list_file} are missing ({some(missing)})',
                f'paths relative to {self.folder!r}, or "path label" with a whole number in every line',
                'Mend the list, data_root or data_prefix',
            )
        if not self.check_headers:
            return rows
        is_bad = np.zeros(len(self.paths), dtype=bool)
        is_bad[rows[unreadable(full)] if self.list_file else self._index.bad] = True
        bad = is_bad[rows]
        if not bad.any():
            return rows
        self.rejected = [os.path.join(self.folder, self.paths[row]) for row in rows[bad]]
        found = f'{len(self.rejected)} of {len(rows)} files are no readable images ({some(self.rejected)})'
        print_log(f'{found}; they are left out', 'current', logging.WARNING)
        self.rejected_share = len(self.rejected) / len(rows)
        self._check_share(self.rejected_share, found)
        return rows[~bad]


def _told(others: dict[str, int]) -> str:
    """What a folder without images holds instead."""
    if not others:
        return 'no files'
    kinds = some(f'{num} {extension or "without extension"}' for extension, num in sorted(others.items()))
    return f'{sum(others.values())} files, none of them an image ({kinds})'
