"""STL-10 (Coates, Ng and Lee, 2011), read by torchvision."""

import numpy as np
import torchvision.datasets

from mmcl.registry import DATASETS

from .torchvision_arrays import TorchvisionArrays


@DATASETS.register_module()
class STL10(TorchvisionArrays):
    """STL-10: 96x96, RGB; 5,000 training and 8,000 test images of 10 classes, and 100,000 without labels.

    Args:
        data_root (str): Folder that holds ``stl10_binary``, or that folder itself.
        split (str): ``'train'``, ``'test'``, ``'train+test'``, ``'unlabeled'`` or ``'train+unlabeled'`` (in this order; 3 GB of memory).
            The label of an image without one is -1.
        download (bool): Fetch the archive (2.6 GB) where the files are missing; rank 0 does it.
        **kwargs: See :class:`~mmcl.datasets.base.IndexedDataset`.

    Raises:
        InputError: Files are missing, differ from the published checksums, or cannot be downloaded.
    """

    reader = torchvision.datasets.STL10
    splits = ('train', 'test', 'train+test', 'unlabeled', 'train+unlabeled')

    def read(self, root: str, split: str, download: bool = False) -> torchvision.datasets.STL10:
        """Torchvision's dataset of one split."""
        return self.reader(root, split=split, download=download)

    def arrays(self, data: torchvision.datasets.STL10) -> tuple[np.ndarray, np.ndarray]:
        """Images, whose channels torchvision keeps first, and labels."""
        return data.data.transpose(0, 2, 3, 1), np.asarray(data.labels).astype(np.int64)
