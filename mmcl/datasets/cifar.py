"""CIFAR-10 and CIFAR-100 (Krizhevsky, 2009), read by torchvision."""

import pickle
from pathlib import Path

import numpy as np
import torchvision.datasets

from mmcl.registry import DATASETS

from .torchvision_arrays import TorchvisionArrays


@DATASETS.register_module()
class CIFAR10(TorchvisionArrays):
    """CIFAR-10: 50,000 training and 10,000 test images of 10 classes, 32x32, RGB.

    Args:
        data_root (str): Folder that holds ``cifar-10-batches-py`` (the published "python version"), or that
            folder itself.
        split (str): ``'train'``, ``'test'`` or ``'train+test'`` (in this order).
        download (bool): Fetch the archive (170 MB) where the files are missing; rank 0 does it.
        **kwargs: See :class:`~mmcl.datasets.base.IndexedDataset`.

    Raises:
        InputError: Files are missing, differ from the published checksums, or cannot be downloaded.
    """

    reader = torchvision.datasets.CIFAR10
    splits = ('train', 'test', 'train+test')

    def read(self, root: str, split: str, download: bool = False) -> torchvision.datasets.CIFAR10:
        """Torchvision's dataset of one split."""
        return self.reader(root, train=split == 'train', download=download)

    def arrays(self, data: torchvision.datasets.CIFAR10) -> tuple[np.ndarray, np.ndarray]:
        """Images and labels."""
        return data.data, np.asarray(data.targets, dtype=np.int64)


@DATASETS.register_module()
class CIFAR100(CIFAR10):
    """CIFAR-100: as :class:`CIFAR10` with 100 fine classes, or 20 coarse ones, in ``cifar-100-python``.

    Args:
        coarse (bool): Take the 20 superclasses, as clustering does (CIFAR-100-20). Defaults to False.
        **kwargs: See :class:`CIFAR10`.
    """

    reader = torchvision.datasets.CIFAR100

    def __init__(self, *args, coarse: bool = False, **kwargs) -> None:
        self.coarse = coarse
        super().__init__(*args, **kwargs)

    def read(self, root: str, split: str, download: bool = False) -> torchvision.datasets.CIFAR100:
        """Torchvision's dataset of one split; the coarse labels are in the files that it has checked."""
        data = super().read(root, split, download)
        if self.coarse:
            folder = Path(root, self.reader.base_folder)
            data.targets = _load(folder / split)['coarse_labels']
            data.classes = _load(folder / self.reader.meta['filename'])['coarse_label_names']
        return data


def _load(path: Path) -> dict:
    with path.open('rb') as file:
        return pickle.load(file, encoding='latin1')
