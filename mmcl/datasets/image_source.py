"""Where images come from: a folder or a packed store."""

import os

from .class_labels import SPLIT_NAMES
from .folder_index import index_folder
from .packed_store import PackedStore, is_store
from .path_table import PathTable


def dataset_type(root: str) -> str:
    """Name of the dataset that reads ``root``."""
    return 'PackedImages' if is_store(root) else 'ImageFolder'


def is_source(root: str) -> bool:
    """Whether ``root`` is a folder or a packed store."""
    return os.path.isdir(root) or is_store(root)


def list_images(root: str) -> tuple[PathTable, dict[str, int]]:
    """Paths of the images in a folder or a store, in order, and how many other files there are of each extension.

    Raises:
        InputError: It cannot be read.
    """
    if is_store(root):
        return PackedStore(root).paths, {}
    index = index_folder(root)
    return index.paths, index.others


def has_class_folders(root: str) -> bool:
    """Whether the images all lie in at least two folders that are not named like splits."""
    names = list_images(root)[0].tops()
    return len(names) > 1 and '' not in names and not {name.lower() for name in names} <= SPLIT_NAMES
