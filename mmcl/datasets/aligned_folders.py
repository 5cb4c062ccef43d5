"""Several folders with the same file names: views of one scene."""

import os
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from mmcl.registry import DATASETS
from mmcl.utils.errors import InputError

from .class_labels import some
from .folder_index import index_folder
from .image_folder import ImageFolder
from .path_table import PathTable


@DATASETS.register_module()
class AlignedFolders(ImageFolder):
    """Scenes seen several ways: colour and depth, two cameras, flow ... (CMC, https://arxiv.org/abs/1906.05849).

    ``data_root`` holds one folder a view, and each view of a scene has the same path below its folder; extensions may differ::

        data_root/rgb/kitchen/0001.jpg      data_root/depth/kitchen/0001.png

    The list of scenes is the first view's; with ``labels='folders'`` the class is the first folder below a view's. Items hold
    ``img_path``, of the first view, and ``view_paths``, of all, which the transform ``AlignedViews`` reads.

    Args:
        data_root (str): The folder that holds the views.
        views (Sequence[str], optional): Names of their folders, two or more, in order. Defaults to all visible folders, sorted by name.
        **kwargs: See :class:`ImageFolder`.

    Raises:
        InputError: Fewer than two views, or a scene that a view lacks or has twice.
    """

    def __init__(self, data_root: str, views: Sequence[str] | None = None, **kwargs: Any) -> None:
        views = list(views) if views is not None else _folders(data_root)
        if len(views) < 2:
            raise InputError(
                f'AlignedFolders has views={views} in {data_root!r}',
                'two folders or more with the same file names, one a view',
                'Set views of the dataset, or data_root',
            )
        self.views = views
        super().__init__(data_root=data_root, data_prefix=views[0], **kwargs)

    def find_paths(self) -> tuple[PathTable, np.ndarray | None]:
        """List the first view, and find each scene in the others."""
        paths, labels = super().find_paths()
        scenes = [_stem(path) for path in paths]
        columns = [list(paths)]
        for view in self.views[1:]:
            found = _by_stem(os.path.join(self.data_root, view))
            missing = [scene for scene in scenes if scene not in found]
            if missing or len(set(scenes)) < len(scenes):
                twice = [] if missing else sorted(scene for scene, num in Counter(scenes).items() if num > 1)
                what = 'has twice' if twice else f'are missing in {view}'
                raise InputError(
                    f'{len(missing or twice)} of {len(scenes)} scenes of {self.folder!r} {what} ({some(missing or twice)})',
                    'the same file names in the folder of every view, extensions apart',
                    'Add or remove files, or change views of the dataset',
                )
            columns.append([found[scene] for scene in scenes])
        self.others = [PathTable.of(column) for column in columns[1:]]
        return paths, labels

    def get_data_info(self, idx: int) -> dict:
        """One scene."""
        info, row = super().get_data_info(idx), self.rows[self._row(idx)]
        folders = [os.path.join(self.data_root, view) for view in self.views[1:]]
        others = [os.path.join(folder, table[row]) for folder, table in zip(folders, self.others)]
        return dict(info, view_paths=[info['img_path'], *others])

    @classmethod
    def has_layout(cls, data_root: str) -> bool:
        """Whether a folder holds two or more with a file of the same name."""
        views = _folders(data_root)
        if len(views) < 2:
            return False
        return bool(set.intersection(*(set(_by_stem(os.path.join(data_root, view))) for view in views)))


def _folders(root: str) -> list[str]:
    """Names of the visible folders in a folder, sorted."""
    if not os.path.isdir(root):
        return []
    return sorted(
        entry.name for entry in os.scandir(root) if entry.is_dir() and not entry.name.startswith('.')
    )


def _stem(path: str) -> str:
    return os.path.splitext(path)[0]


def _by_stem(folder: str) -> dict[str, str]:
    """Paths of the images below a folder, by what stands before their extensions."""
    return {_stem(path): path for path in index_folder(folder).paths}
