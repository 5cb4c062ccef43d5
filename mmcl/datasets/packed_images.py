"""Photographs in one file instead of a folder."""

import os
from typing import Any

import numpy as np
from mmcv.transforms import LoadImageFromFile

from mmcl.registry import DATASETS
from mmcl.utils.errors import InputError

from .packed_store import PackedStore
from .path_dataset import PathDataset
from .path_table import PathTable


@DATASETS.register_module()
class PackedImages(PathDataset):
    """The images of a store that ``tools/pack_images.py`` wrote, as if its folder stood in its place.

    Images, labels, ``sample_idx``, the split and so every view are those of an
    :class:`~mmcl.datasets.image_folder.ImageFolder` over the folder; ``img_path`` is the path in the store, for reports.
    Each image's checksum is verified when it is read; one that is damaged counts as unreadable.

    Args:
        data_root (str): The store, a file.
        labels (str): ``'none'``, ``'folders'`` as for a folder, or ``'stored'``: those that it was packed with.
        data_prefix (str): A folder in the store.
        **kwargs: See :class:`~mmcl.datasets.path_dataset.PathDataset`.

    Raises:
        InputError: No store, one that is cut short, nothing in the folder, no labels in it, or a pipeline that reads files.
    """

    def __init__(self, data_root: str, labels: str = 'none', **kwargs: Any) -> None:
        self._stored_labels = labels == 'stored'
        super().__init__(data_root=data_root, labels='none' if self._stored_labels else labels, **kwargs)
        loader = next(
            (step for step in self.pipeline.transforms if isinstance(step, LoadImageFromFile)), None
        )
        if loader is not None:
            raise InputError(
                f'{type(loader).__name__} reads files, and {data_root} is a store',
                'a loader that takes the bytes which the store gives',
                "Write dict(type='LoadImage') in the pipeline",
            )

    def find_paths(self) -> tuple[PathTable, np.ndarray | None]:
        """Read the index of the store."""
        self.store = PackedStore(self.data_root)
        prefix = os.path.relpath(self.folder, self.data_root)
        self._first = 0 if prefix == '.' else self.store.paths.rows_below(prefix).start
        paths = self.store.paths if prefix == '.' else self.store.paths.below(prefix)
        if not len(paths):
            raise InputError(
                f'{self.data_root} holds no image in {prefix!r}',
                f'a folder of the store: {", ".join(self.store.paths.tops()[:5]) or "it is empty"}',
                'Change data_prefix in the dataset of the config',
            )
        rejected = [os.path.join(self.data_root, path) for path in self.store.facts['rejected']]
        self.rejected = [path for path in rejected if path.startswith(os.path.join(self.folder, ''))]
        self.rejected_share = len(self.rejected) / (len(self.rejected) + len(paths))
        if not self._stored_labels:
            return paths, None
        if self.store.labels is None:
            raise InputError(
                f"labels='stored', but {self.data_root} was packed without labels",
                "'none' or 'folders'",
                'Change labels in the dataset of the config, or pack with --labels folders',
            )
        self._metainfo.setdefault('classes', tuple(self.store.facts['classes']))
        return paths, self.store.labels[self._first : self._first + len(paths)]

    def path_hashes(self) -> np.ndarray:
        """Those that the store keeps, where all of it is the dataset."""
        return self.store.hashes if len(self.paths) == len(self.store) else super().path_hashes()

    def load_info(self, row: int) -> dict:
        """What the pipeline starts from: the image's facts and its encoded bytes."""
        return dict(self.get_data_info(row), img_bytes=self.store.read(self._first + int(self.rows[row])))
