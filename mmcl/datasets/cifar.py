"""CIFAR-10 and CIFAR-100 (Krizhevsky, 2009), read by torchvision."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import torchvision.datasets
from mmengine.dist import barrier, is_main_process

from mmcl.registry import DATASETS
from mmcl.utils.errors import InputError

from .array_dataset import ArrayDataset, check_split


@DATASETS.register_module()
class CIFAR10(ArrayDataset):
    """CIFAR-10: 50,000 training and 10,000 test images of 10 classes, 32x32, RGB.

    Args:
        data_root (str): Folder that holds ``cifar-10-batches-py`` (the published "python version"), or that
            folder itself.
        split (str): ``'train'`` or ``'test'``.
        download (bool): Fetch the archive (170 MB) where the files are missing; rank 0 does it.
        **kwargs: See :class:`~mmcl.datasets.base.IndexedDataset`.

    Raises:
        InputError: Files are missing, differ from the published checksums, or cannot be downloaded.
    """

    reader = torchvision.datasets.CIFAR10

    def __init__(self, data_root: str, split: str = 'train', download: bool = False, **kwargs: Any) -> None:
        check_split(split)
        self.split = split
        self.download = download
        super().__init__(data_root=data_root, **kwargs)

    @classmethod
    def has_layout(cls, data_root: str) -> bool:
        """Whether a folder holds the published one."""
        return Path(cls._parent(data_root), cls.reader.base_folder).is_dir()

    @classmethod
    def _parent(cls, data_root: str) -> str:
        """The folder that torchvision calls the root."""
        path = os.path.abspath(data_root)
        return os.path.dirname(path) if os.path.basename(path) == cls.reader.base_folder else path

    def load_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Read the split; torchvision checks every file's MD5 before it unpickles any."""
        root, train = self._parent(self.data_root), self.split == 'train'
        try:
            if self.download and is_main_process():
                self.reader(root, train=train, download=True)
            barrier()
            data = self.reader(root, train=train)
        # Besides RuntimeError (missing, wrong MD5) torchvision lets urllib's OSErrors through.
        except (RuntimeError, OSError) as error:
            asked = ' and download=True' if self.download else ''
            raise InputError(
                f'data_root={self.data_root!r}{asked} gives no {type(self).__name__} ({error})',
                f'the published folder {self.reader.base_folder} inside',
                f'Unpack {self.reader.url} there, or set download=True in the dataset of the config',
            ) from error
        self._metainfo.setdefault('classes', tuple(data.classes))
        return data.data, np.asarray(data.targets, dtype=np.int64)


@DATASETS.register_module()
class CIFAR100(CIFAR10):
    """CIFAR-100: as :class:`CIFAR10` with 100 fine classes, in ``cifar-100-python``."""

    reader = torchvision.datasets.CIFAR100
