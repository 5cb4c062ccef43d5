"""Fashion-MNIST (https://arxiv.org/abs/1708.07747), and any set in the same four IDX files."""

import gzip
import json
import os
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np

from mmcl.registry import DATASETS
from mmcl.utils.errors import InputError

from .array_dataset import ArrayDataset, check_split

FILES = {
    'train': ('train-images-idx3-ubyte', 'train-labels-idx1-ubyte'),
    'test': ('t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'),
}
SOURCE_FILE = 'source.json'
_REMEDY = 'Run: python tools/prepare_fashion_mnist.py'


@DATASETS.register_module()
class FashionMNIST(ArrayDataset):
    """Fashion-MNIST: 60,000 training and 10,000 test images of 10 kinds of clothes, 28x28, grey.

    Args:
        data_root (str): Folder of the four IDX files, each raw or gzip (``.gz``), or one that holds them in
            ``FashionMNIST/raw`` as torchvision leaves them. Where ``source.json`` lies beside them, what it
            says is in ``metainfo``: ``source`` and ``degraded`` (True: not Fashion-MNIST but a stand-in).
        split (str): ``'train'`` or ``'test'``.
        pad_to (int, optional): Zero-pad height and width evenly to this many pixels.
        **kwargs: See :class:`~mmcl.datasets.base.IndexedDataset`.

    Raises:
        InputError: Files are missing, damaged or do not belong together.
    """

    METAINFO = dict(
        classes=(
            *('T-shirt/top', 'Trouser', 'Pullover', 'Dress', 'Coat'),
            *('Sandal', 'Shirt', 'Sneaker', 'Bag', 'Ankle boot'),
        )
    )

    def __init__(
        self, data_root: str, split: str = 'train', pad_to: int | None = None, **kwargs: Any
    ) -> None:
        check_split(split)
        self.split = split
        self.pad_to = pad_to
        super().__init__(data_root=data_root, **kwargs)

    @classmethod
    def has_layout(cls, data_root: str) -> bool:
        """Whether a folder holds the four files."""
        return find_idx_folder(data_root) is not None

    def load_arrays(self) -> tuple[np.ndarray, np.ndarray]:
        """Read the split's two files."""
        folder = find_idx_folder(self.data_root)
        if folder is None:
            found = 'a folder without them' if os.path.isdir(self.data_root) else 'not a folder'
            names = ', '.join(name for pair in FILES.values() for name in pair)
            raise InputError(
                f'data_root={self.data_root!r} is {found}', f'the files {names} (raw or .gz)', _REMEDY
            )
        self._metainfo.update(read_source(folder))
        images, labels = (read_idx(idx_file(folder, name)) for name in FILES[self.split])
        if images.ndim != 3 or labels.shape != images.shape[:1]:
            raise InputError(
                f'{folder} holds {self.split} images of shape {images.shape}, labels of shape {labels.shape}',
                'shapes (N, height, width) and (N,)',
                _REMEDY,
            )
        return pad(images[..., None], self.pad_to), labels.astype(np.int64)


def find_idx_folder(root: str) -> Path | None:
    """The folder below ``root`` that holds all four files, or None."""
    for folder in (Path(root), Path(root, 'FashionMNIST', 'raw')):
        if all(idx_file(folder, name) is not None for pair in FILES.values() for name in pair):
            return folder
    return None


def idx_file(folder: Path, name: str) -> Path | None:
    """The file ``name``, raw or gzip, or None."""
    return next((path for path in (folder / name, folder / f'{name}.gz') if path.is_file()), None)


def read_source(folder: Path) -> dict:
    """What ``source.json`` says of the data in ``folder``: ``source``, ``degraded``, maybe ``classes``."""
    path = folder / SOURCE_FILE
    if not path.is_file():
        return {}
    try:
        facts = json.loads(path.read_text())
        return {key: facts[key] for key in ('source', 'degraded', 'classes') if key in facts}
    except (ValueError, TypeError, OSError) as error:
        raise InputError(
            f'{path} cannot be read ({error})', 'the JSON that the tool wrote', _REMEDY
        ) from error


def read_idx(path: Path) -> np.ndarray:
    """Read one IDX file of bytes (two zero bytes, type 8, number of dimensions, big-endian sizes, data).

    Args:
        path (Path): Raw, or gzip where it ends in ``.gz``.

    Returns:
        ndarray: uint8, the shape that the header says.

    Raises:
        InputError: The file is unreadable, truncated, too long, or not IDX.
    """
    try:
        data = gzip.decompress(path.read_bytes()) if path.suffix == '.gz' else path.read_bytes()
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f'{path} cannot be read ({error})', 'a whole file', _REMEDY) from error
    if len(data) < 4 or data[:3] != b'\0\0\x08' or len(data) < 4 + 4 * data[3]:
        raise InputError(f'{path} starts with {data[:4].hex() or "nothing"}', 'an IDX file of bytes', _REMEDY)
    shape = struct.unpack_from(f'>{data[3]}I', data, 4)
    values = np.frombuffer(data, np.uint8, offset=4 + 4 * data[3])
    if values.size != np.prod(shape, dtype=np.int64):
        raise InputError(
            f'{path} holds {values.size} values',
            f'the {"x".join(map(str, shape))} that its header says',
            _REMEDY,
        )
    return values.reshape(shape)


def pad(images: np.ndarray, side: int | None) -> np.ndarray:
    """Zero-pad (N, H, W, C) images evenly to ``side`` pixels; None leaves them."""
    if side is None:
        return images
    gaps = [side - size for size in images.shape[1:3]]
    if min(gaps) < 0:
        raise InputError(
            f'pad_to={side} for images of {images.shape[1]}x{images.shape[2]} pixels',
            'at least the side of the images',
            'Change pad_to in the dataset of the config',
        )
    return np.pad(images, [(0, 0), *((gap // 2, gap - gap // 2) for gap in gaps), (0, 0)])
