"""Make a packed store of a folder, and check one."""

import os
from collections.abc import Callable
from typing import NamedTuple

from mmcl.utils.errors import InputError

from .class_labels import some
from .image_folder import ImageFolder
from .packed_store import PackedStore, StoreWriter
from .tar_file import atomic_file


class Packed(NamedTuple):
    """What was packed.

    Args:
        num_images (int): Images in the store.
        num_bytes (int): Size of the store.
        rejected (list[str]): Files that were left out, below the folder.
    """

    num_images: int
    num_bytes: int
    rejected: list[str]


def pack_folder(
    folder: str, out: str, labels: str = 'none', say: Callable[[str], None] | None = None
) -> Packed:
    """Copy the images of a folder into a store, in the order of an ``ImageFolder``; ``out`` is whole or not there.

    Args:
        folder (str): All images below it are packed, except files whose header is not an image's.
        out (str): The new file.
        labels (str): ``'folders'`` keeps the classes that an ``ImageFolder`` sees; ``'none'`` keeps none. Paths are kept,
            so class folders can be told from the store in both cases.
        say (Callable, optional): Is given a line for every tenth of the images.

    Returns:
        Packed: How much it was.

    Raises:
        InputError: ``out`` exists or cannot be written, the disk is full, a file vanishes, or whatever an ``ImageFolder``
            refuses.
    """
    if not os.path.isdir(folder):
        what = 'is no folder' if os.path.exists(folder) else 'does not exist'
        raise InputError(f'{folder} {what}', 'a folder of images', 'Check the path')
    if os.path.lexists(out):
        raise InputError(f'{out} exists', 'a new file', 'Delete it, or give another name')
    dataset = ImageFolder(folder, labels=labels)
    rejected = [os.path.relpath(path, folder) for path in dataset.rejected]
    num = len(dataset)
    try:
        with atomic_file(out) as file:
            writer = StoreWriter(file)
            for done, path in enumerate(dataset.paths.take(dataset.rows), 1):
                writer.add(path, _read(os.path.join(folder, path)))
                if say is not None and done * 10 // num > (done - 1) * 10 // num:
                    say(f'{done} of {num} images')
            writer.finish(
                None if labels == 'none' else dataset.gt_labels,
                dict(classes=dataset.metainfo.get('classes'), rejected=rejected),
            )
    except OSError as error:
        raise InputError(
            f'{out} cannot be written ({error.strerror})',
            'a folder with room for the images',
            'Free some space, or give another place',
        ) from error
    return Packed(num, os.path.getsize(out), rejected)


def _read(path: str) -> bytes:
    try:
        with open(path, 'rb') as file:
            return file.read()
    except OSError as error:
        raise InputError(
            f'{path} cannot be read ({error.strerror})',
            'a folder that stays as it is while it is packed',
            'Mend the file or remove it, then pack again',
        ) from error


def verify_store(path: str) -> int:
    """Read every image of a store and compare it with its checksum.

    Returns:
        int: Images in the store, all of them whole.

    Raises:
        InputError: No store, one that is cut short, or damaged images, which are named.
    """
    store = PackedStore(path)
    damaged = store.damaged()
    if damaged:
        raise InputError(
            f'{len(damaged)} of {len(store)} images in {path} are damaged ({some(damaged)})',
            'the bytes that were packed',
            'Copy the file again, or pack the folder again',
        )
    return len(store)
