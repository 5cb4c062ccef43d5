"""ImageNet-1k in its published layout."""

import os
from typing import Any

import numpy as np

from mmcl.registry import DATASETS
from mmcl.utils.errors import InputError

from .image_folder import ImageFolder
from .path_table import PathTable


@DATASETS.register_module()
class ImageNet(ImageFolder):
    """ImageNet (https://arxiv.org/abs/1409.0575): ``train/<wnid>/*.JPEG`` and ``val/<wnid>/*``, or
    ``val/*.JPEG`` with a list.

    Classes are the names of the training folders in order, as in MMPretrain and torchvision. The list of a
    flat ``val`` is ``meta/val.txt`` ("ILSVRC2012_val_00000001.JPEG 65" a line).

    Args:
        data_root (str): Folder that holds ``train`` and ``val``.
        split (str): ``'train'`` or ``'val'``.
        check_headers (bool): Off, as the published files are whole and 1.28 million headers take minutes.
        **kwargs: See :class:`~mmcl.datasets.base.IndexedDataset`.

    Raises:
        InputError: The layout is not the published one.
    """

    def __init__(
        self, data_root: str, split: str = 'train', check_headers: bool = False, **kwargs: Any
    ) -> None:
        if split not in ('train', 'val'):
            raise InputError(
                f'split={split!r}', "'train' or 'val'", 'Change split in the dataset of the config'
            )
        super().__init__(data_root=data_root, data_prefix=split, check_headers=check_headers, **kwargs)

    def find_paths(self) -> tuple[PathTable, np.ndarray | None]:
        """Find out how the split is laid out, then read it."""
        wnids = _subfolders(os.path.join(self.data_root, 'train'))
        if not wnids:
            raise InputError(
                f'data_root={self.data_root!r} has no class folders in train',
                'the published layout: train/<wnid>/*.JPEG and val',
                'Give the folder that holds train and val; for a plain folder of images use --data-root DIR',
            )
        self._metainfo.setdefault('classes', wnids)
        list_file = os.path.join(self.data_root, 'meta', 'val.txt')
        if _subfolders(self.folder):
            self.labels = 'folders'
        elif os.path.isfile(list_file):
            self.list_file = list_file
        else:
            raise InputError(
                f'{self.folder!r} has no class folders and {list_file!r} does not exist',
                'val/<wnid>/*.JPEG, or val/*.JPEG with a list of "name label" lines',
                f'Put the list at {list_file!r}',
            )
        return super().find_paths()

    @classmethod
    def has_layout(cls, data_root: str) -> bool:
        """Whether a folder holds ``train`` with class folders, and ``val``."""
        return bool(_subfolders(os.path.join(data_root, 'train'))) and os.path.isdir(
            os.path.join(data_root, 'val')
        )


def _subfolders(folder: str) -> tuple[str, ...]:
    """Names of the visible folders in a folder, sorted; none where it is missing."""
    if not os.path.isdir(folder):
        return ()
    return tuple(
        sorted(
            entry.name for entry in os.scandir(folder) if entry.is_dir() and not entry.name.startswith('.')
        )
    )
