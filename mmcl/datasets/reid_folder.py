"""Re-identification: folders of pictures whose names say who is on them and which camera took them."""

import os
import re
from collections.abc import Mapping
from typing import Any

import numpy as np

from mmcl.registry import DATASETS
from mmcl.utils.errors import InputError, expect

from .class_labels import some
from .folder_index import index_folder
from .path_dataset import PathDataset
from .path_table import PathTable

MARKET = dict(train='bounding_box_train', query='query', gallery='bounding_box_test')
_SPLITS = ('train', 'query', 'gallery', 'test')
_JUNK = -1  # the identity of boxes that show no one whole, left out everywhere


@DATASETS.register_module()
class ReIDFolder(PathDataset):
    r"""A set in Market-1501's layout (Zheng et al. 2015): ``0002_c1s1_000451_03.jpg`` is identity 2 seen by camera 1.

    ``data_root`` (or the one folder in it) holds ``bounding_box_train``, ``query`` and ``bounding_box_test``. DukeMTMC-reID and PersonX
    have the same, VeRi-776 other ``folders``. Pictures of identity -1 are left out; those of identity 0 in the gallery, which are of no
    query, stay. Classes are the identities of the split in order.

    Args:
        data_root (str): The folder.
        split (str): 'train', 'query', 'gallery', or 'test', queries and then the gallery. Defaults to 'train'.
        folders (Mapping[str, str]): Folder of 'train', 'query' and 'gallery'. Defaults to Market-1501's.
        pattern (str): Regular expression that a file's name starts with; its groups are identity and camera. Defaults to
            ``(-?\d+)_c(\d+)``.
        source_root (str, optional): Another set, with labels, to adapt from: its training images follow those of ``data_root``, whose own
            labels are then not given. Defaults to None.
        source_folders (Mapping[str, str], optional): Of the other set. Defaults to None: ``folders``.
        **kwargs: See :class:`~mmcl.datasets.base.IndexedDataset`.

    Attributes:
        num_target (int): Images of ``data_root``; those behind them are of ``source_root``.
        cameras (ndarray): int64 (N,).
        is_query (ndarray): bool (N,).

    Raises:
        InputError: A folder is missing or empty, a name that says nothing, or a source for a split other than 'train'.
    """

    def __init__(
        self,
        data_root: str,
        split: str = 'train',
        folders: Mapping[str, str] = MARKET,
        pattern: str = r'(-?\d+)_c(\d+)',
        source_root: str | None = None,
        source_folders: Mapping[str, str] | None = None,
        **kwargs: Any,
    ) -> None:
        remedy = 'Change the dataset in the config'
        expect(split in _SPLITS, f'split={split!r}', ', '.join(map(repr, _SPLITS)), remedy)
        given = f'split={split!r} with source_root={source_root!r}'
        expect(source_root is None or split == 'train', given, "split='train'", remedy)
        self.part, self.folders, self.pattern = split, dict(folders), re.compile(pattern)
        self._num_target = 0
        self.source_root, self.source_folders = source_root, dict(source_folders or folders)
        super().__init__(data_root=data_root, **kwargs)

    def find_paths(self) -> tuple[PathTable, np.ndarray]:
        """List the split's folders and read the names."""
        wanted = ('query', 'gallery') if self.part == 'test' else (self.part,)
        self.folder = layout_root(self.data_root, self.folders)
        rows = [
            (path, *told, name == 'query')
            for name in wanted
            for path, *told in self._pictures(self.folder, self.folders[name])
        ]
        numbers, names = _numbered([row[1] for row in rows])
        num_target = len(rows)
        if self.source_root is not None:
            root = os.path.abspath(layout_root(self.source_root, self.source_folders))
            more = list(self._pictures(root, self.source_folders['train']))
            rows += [(os.path.join(root, path), identity, camera, False) for path, identity, camera in more]
            source, names = _numbered([row[1] for row in more])
            numbers = np.concatenate([np.zeros(num_target, dtype=np.int64), source])  # unknown: see full_init
        self._metainfo['classes'] = names
        paths, _, cameras, is_query = zip(*rows)
        self._cameras, self._is_query = np.array(cameras), np.array(is_query)
        self._num_target = num_target
        return PathTable.of(paths), numbers

    def full_init(self) -> None:
        """Find the images, once; beside a source, those of the target have no labels."""
        if not self._fully_initialized:
            super().full_init()
            if self.source_root is not None:
                self.gt_labels = np.where(self.rows < self._num_target, -1, self.gt_labels)

    def _pictures(self, root: str, folder: str) -> list[tuple[str, int, int]]:
        """Path below ``root``, identity and camera of each picture of a folder, in the order of the paths."""
        full = os.path.join(root, folder)
        found = list(index_folder(full).paths) if os.path.isdir(full) else []
        expect(bool(found), f'{full!r} holds no images', 'pictures of people or vehicles', 'Check data_root')
        told = [self.pattern.match(os.path.basename(path)) for path in found]
        silent = [path for path, match in zip(found, told) if match is None]
        if silent:
            raise InputError(
                f'{len(silent)} of {len(found)} names in {full!r} do not start with {self.pattern.pattern} ({some(silent)})',
                'identity and camera in the name, as 0002_c1s1_000451_03.jpg',
                'Remove those files, or set pattern of the dataset',
            )
        known = [(path, int(match[1]), int(match[2])) for path, match in zip(found, told)]
        return [
            (f'{folder}/{path}', identity, camera) for path, identity, camera in known if identity != _JUNK
        ]

    @property
    def num_target(self) -> int:
        """How many images are of ``data_root``; they come first."""
        self.full_init()
        return int((self.rows < self._num_target).sum())

    @property
    def cameras(self) -> np.ndarray:
        """Each image's camera, int64 (N,)."""
        self.full_init()
        return self._cameras[self.rows]

    @property
    def is_query(self) -> np.ndarray:
        """Whether each image is a query, bool (N,)."""
        self.full_init()
        return self._is_query[self.rows]

    def get_data_info(self, idx: int) -> dict:
        """One image: besides path, label and index its ``camera`` and ``is_query``."""
        info = super().get_data_info(idx)
        row = self.rows[info['sample_idx']]
        return dict(info, camera=int(self._cameras[row]), is_query=bool(self._is_query[row]))

    @classmethod
    def has_layout(cls, data_root: str) -> bool:
        """Whether a folder, or the one in it, is in Market-1501's layout."""
        return _find_root(data_root, MARKET) is not None


def layout_root(data_root: str, folders: Mapping[str, str]) -> str:
    """The folder with the set's folders: ``data_root``, or the only one in it that has them.

    Raises:
        InputError: Neither.
    """
    root = _find_root(data_root, folders)
    given = f'data_root={data_root!r} lacks {", ".join(sorted(set(folders.values())))}'
    expect(root is not None, given, 'those folders, or one folder that holds them', 'Check data_root')
    return root


def _find_root(data_root: str, folders: Mapping[str, str]) -> str | None:
    below = sorted(os.listdir(data_root)) if os.path.isdir(data_root) else []
    roots = [data_root, *(os.path.join(data_root, name) for name in below)]
    has = [all(os.path.isdir(os.path.join(root, name)) for name in folders.values()) for root in roots]
    return next((root for root, good in zip(roots, has) if good), None)


def _numbered(identities: list[int]) -> tuple[np.ndarray, tuple[str, ...]]:
    """Identities as numbers from 0, in their order, and their names."""
    names, numbers = np.unique(identities, return_inverse=True)
    return numbers.astype(np.int64), tuple(map(str, names.tolist()))
