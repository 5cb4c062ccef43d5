"""scikit-learn's handwritten digits: real images in every install, for where nothing else can be had."""

from typing import Any

import cv2
import numpy as np

from mmcl.registry import DATASETS

from .array_dataset import ArrayDataset, check_split

CLASSES = tuple('0123456789')
_NUM_TRAIN = 1500


@DATASETS.register_module()
class Digits(ArrayDataset):
    """1,797 digits of 8x8 pixels, enlarged; a stand-in, so ``metainfo['degraded']`` is True.

    Args:
        split (str): ``'train'``, the first 1,500, or ``'test'``, the other 297 (other writers).
        side (int): Height and width in pixels, >= 8.
        **kwargs: See :class:`~mmcl.datasets.base.IndexedDataset`.
    """

    METAINFO = dict(classes=CLASSES, source="scikit-learn's digits", degraded=True)

    def __init__(self, split: str = 'train', side: int = 32, **kwargs: Any) -> None:
        check_split(split)
        self.split = split
        self.side = side
        super().__init__(**kwargs)

    def load_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Make the split."""
        return digit_arrays(self.split, self.side)


def digit_arrays(split: str, side: int) -> tuple[np.ndarray, np.ndarray]:
    """The digits as uint8 (N, side, side, 1) and labels int64 (N,)."""
    # scikit-learn takes most of a second to import.
    from sklearn.datasets import load_digits

    rows = slice(None, _NUM_TRAIN) if split == 'train' else slice(_NUM_TRAIN, None)
    images, labels = load_digits(return_X_y=True)
    grey = (images[rows].reshape(-1, 8, 8) * (255 / 16)).astype(np.uint8)
    return np.stack([cv2.resize(img, (side, side))[..., None] for img in grey]), labels[rows].astype(np.int64)
