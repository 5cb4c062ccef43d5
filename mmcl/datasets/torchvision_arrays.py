"""Sets that torchvision reads into one array."""

import os
from abc import abstractmethod
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dist import barrier, is_main_process

from mmcl.utils.errors import InputError

from .array_dataset import ArrayDataset


class TorchvisionArrays(ArrayDataset):
    """A split of a published set, checked and unpacked by torchvision.

    Subclasses name torchvision's class (``reader``), and say how a split is read (:meth:`read`) and what its arrays are (:meth:`arrays`).

    Args:
        data_root (str): Folder that holds the published one, or that folder itself.
        split (str): One of ``splits``; those joined by ``+`` are read one after the other.
        download (bool): Fetch the archive where the files are missing; rank 0 does it.
        **kwargs: See :class:`~mmcl.datasets.base.IndexedDataset`.

    Raises:
        InputError: An unknown split; files are missing, differ from the published checksums, or cannot be downloaded.
    """

    reader: type
    splits = ('train', 'test')

    def __init__(self, data_root: str, split: str = 'train', download: bool = False, **kwargs: Any) -> None:
        if split not in self.splits:
            names = ' or '.join(map(repr, self.splits))
            raise InputError(f'split={split!r}', names, 'Change split in the dataset of the config')
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

    @abstractmethod
    def read(self, root: str, split: str, download: bool = False):
        """Torchvision's dataset of one split."""

    @abstractmethod
    def arrays(self, data) -> tuple[np.ndarray, np.ndarray]:
        """Images, uint8 (N, H, W, C), and labels, int64 (N,), of what :meth:`read` gave."""

    def load_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Read the split; torchvision checks every file's MD5 before it unpickles any."""
        root, splits = self._parent(self.data_root), self.split.split('+')
        try:
            if self.download and is_main_process():
                self.read(root, splits[0], download=True)
            barrier()
            parts = [self.read(root, split) for split in splits]
        # Besides RuntimeError (missing, wrong MD5) torchvision lets urllib's OSErrors through.
        except (RuntimeError, OSError) as error:
            asked = ' and download=True' if self.download else ''
            raise InputError(
                f'data_root={self.data_root!r}{asked} gives no {type(self).__name__} ({error})',
                f'the published folder {self.reader.base_folder} inside',
                f'Unpack {self.reader.url} there, or set download=True in the dataset of the config',
            ) from error
        self._metainfo.setdefault('classes', tuple(parts[0].classes))
        images, labels = zip(*map(self.arrays, parts))
        return (images[0], labels[0]) if len(parts) == 1 else (np.concatenate(images), np.concatenate(labels))
