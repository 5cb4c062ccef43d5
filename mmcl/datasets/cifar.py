"""CIFAR-10 and CIFAR-100 (Krizhevsky, 2009), read by torchvision."""

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
        split (str): ``'train'`` or ``'test'``.
        download (bool): Fetch the archive (170 MB) where the files are missing; rank 0 does it.
        **kwargs: See :class:`~mmcl.datasets.base.IndexedDataset`.

    Raises:
        InputError: Files are missing, differ from the published checksums, or cannot be downloaded.
    """

    reader = torchvision.datasets.CIFAR10

    def read(self, root: str, download: bool = False) -> torchvision.datasets.CIFAR10:
        """Torchvision's dataset of the split."""
        return self.reader(root, train=self.split == 'train', download=download)

    def arrays(self, data: torchvision.datasets.CIFAR10) -> tuple[np.ndarray, np.ndarray]:
        """Images and labels."""
        return data.data, np.asarray(data.targets, dtype=np.int64)


@DATASETS.register_module()
class CIFAR100(CIFAR10):
    """CIFAR-100: as :class:`CIFAR10` with 100 fine classes, in ``cifar-100-python``."""

    reader = torchvision.datasets.CIFAR100
