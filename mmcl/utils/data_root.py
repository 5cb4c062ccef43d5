"""``--data-root``: any config on any folder of images, or on a packed one."""

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from mmengine.config import Config, ConfigDict
from mmengine.logging import print_log

from mmcl.datasets.image_folder import ImageFolder
from mmcl.datasets.image_source import dataset_type, has_class_folders, is_source, list_images
from mmcl.datasets.packed_images import PackedImages
from mmcl.datasets.packed_store import is_store
from mmcl.datasets.path_table import PathTable
from mmcl.registry import DATASETS, HOOKS
from mmcl.utils.errors import InputError
from mmcl.utils.signature import arguments_of
from mmcl.utils.validation import drop_validation
from mmcl.utils.view_side import view_side

_TRAIN_NAMES = ('train', 'training')
_VAL_NAMES = ('val', 'valid', 'validation', 'test', 'testing')
_LOADING = ('LoadImage', 'LoadImageFromFile')
_KEPT = (
    'indices',
    'labelled',
    'lazy_init',
    'long_tail',
    'max_corrupt_share',
    'reindex',
)  # what means the same for a folder as for the config's own set
_HOLDERS = ('train_dataloader', 'val_dataloader', 'test_dataloader', 'custom_hooks', 'default_hooks')


class Layout(NamedTuple):
    """What a folder of images looks like.

    Args:
        classes (tuple[str, ...]): Names of its class folders; none where the images are not labelled.
        train (str): Folder of the training images below it, or ''.
        val (str): Folder of the validation images below it; '' where there is none that has the same classes.
    """

    classes: tuple[str, ...] = ()
    train: str = ''
    val: str = ''


def apply_data_root(cfg: Config, root: str) -> None:
    """Make a config take its images from a folder; every dataset in it, those of hooks too.

    Where the folder has the layout that the config's datasets expect, only their ``data_root`` changes. Otherwise each becomes
    an ``ImageFolder``: all images at any depth. With class folders, kNN runs on a fixed part of each class (or on ``val``, where
    there are ``train`` and ``val``); without, it is off and the log says so. Views that a config for images in memory makes on
    the device are made from the files instead, with the same recipes. A packed store is taken as the folder that it was made of.

    Args:
        cfg (Config): Changed in place.
        root (str): The folder or the store.

    Raises:
        InputError: No such folder, no images in it, or a layout that could mean two things.
    """
    if not is_source(root):
        what = 'is not a folder' if os.path.exists(root) else 'does not exist'
        raise InputError(f'--data-root {root} {what}', 'a folder of images', 'Check the path')
    datasets = [dataset for name in _HOLDERS for dataset in _datasets(cfg.get(name))]
    if not datasets:
        raise InputError(
            f'--data-root {root} for a config without datasets', 'train_dataloader.dataset', 'Add one'
        )
    if all(_fits(dataset, root) for dataset in datasets):
        _replace(cfg, lambda dataset, role: {**dataset, 'data_root': root})
        return
    layout = find_layout(
        root, labelled=cfg.get('val_dataloader') is not None or cfg.get('test_dataloader') is not None
    )
    views = (cfg.model.get('data_preprocessor') or {}).get('views')
    side = view_side(cfg)
    _replace(cfg, lambda dataset, role: _image_folder(dataset, role, root, layout, views, side))
    if views:
        cfg.model.data_preprocessor.views = None
        _give_hooks_a_view(cfg, side)
    if not layout.classes and (cfg.get('val_dataloader') or cfg.get('test_dataloader')):
        drop_validation(cfg)
        if os.environ.get('RANK', '0') == '0':
            print_log(
                f'kNN is off: {root} has no class folders (at least two, and all images in them).', 'current'
            )


def find_layout(root: str, labelled: bool = True) -> Layout:
    """Look at a folder of images.

    Args:
        root (str): The folder.
        labelled (bool): Whether labels are of use; without, nothing about classes is ambiguous.

    Raises:
        InputError: No images, or a layout that could mean two things.
    """
    paths, others = list_images(root)
    if not len(paths):
        kinds = ', '.join(f'{num} {kind or "without extension"}' for kind, num in sorted(others.items()))
        found = f'no image, only {kinds}' if others else 'no files'
        raise InputError(
            f'--data-root {root} holds {found}', 'a folder with images at any depth', 'Give another folder'
        )
    loose, tops = _loose(paths), [name for name in paths.tops() if name]
    train = [name for name in tops if name.lower() in _TRAIN_NAMES]
    if loose and train:
        raise InputError(
            f'--data-root {root} holds {train[0]}/ and beside it {_counted(loose)}',
            'either splits or images',
            f'Give --data-root {os.path.join(root, train[0])}, or move the images',
        )
    if not loose and tops and all(name.lower() in _TRAIN_NAMES + _VAL_NAMES for name in tops):
        return _split_layout(root, paths, tops, train, labelled)
    if labelled:
        _check_classes(root, paths)
    return Layout(_classes(paths))


def _split_layout(
    root: str, paths: PathTable, tops: Sequence[str], train: Sequence[str], labelled: bool
) -> Layout:
    """The layout of a folder that holds nothing but splits."""
    if len(train) != 1:
        raise InputError(
            f'--data-root {root} holds {", ".join(tops)}, which are names of splits',
            'one of them called train, or a folder of images',
            f'Give --data-root {os.path.join(root, tops[0])}',
        )
    if labelled:
        _check_classes(os.path.join(root, train[0]), paths.below(train[0]))
    classes = _classes(paths.below(train[0]))
    names = [name for wanted in _VAL_NAMES for name in tops if name.lower() == wanted]
    fitting = [name for name in names if set(paths.below(name).tops()) <= set(classes)]
    return Layout(classes, train[0], fitting[0] if fitting else '')


def _check_classes(root: str, paths: PathTable) -> None:
    """Refuse images beside several folders of images: nobody can tell whether the folders are classes."""
    loose, folders = _loose(paths), [name for name in paths.tops() if name]
    if loose and len(folders) > 1:
        raise InputError(
            f'--data-root {root} holds {_counted(loose)}, beside {len(folders)} folders of images, e.g. {folders[0]}',
            'all images in class folders, or folders that are no classes',
            'Move the images into a folder, or train without classes: --no-validate',
        )


def _loose(paths: PathTable) -> PathTable:
    """The paths without a folder."""
    return paths.take(paths.loose())


def _counted(paths: Sequence[str]) -> str:
    return f'{len(paths)} images, e.g. {paths[0]}' if len(paths) > 1 else f'the image {paths[0]}'


def _classes(paths: PathTable) -> tuple[str, ...]:
    """Names of the class folders: two or more, and no image outside of them."""
    names = paths.tops()
    return tuple(names) if len(names) > 1 and '' not in names else ()


# Datasets in a config


def _is_dataset(value: Any) -> bool:
    """Whether a value is the config of a dataset, not of a wrapper of one."""
    return (
        isinstance(value, Mapping) and isinstance(value.get('type'), (str, type)) and 'dataset' not in value
    )


def _datasets(value: Any, key: str = '') -> Iterator[Mapping]:
    """The datasets in a value, those inside wrappers too."""
    if key == 'dataset' and _is_dataset(value) and 'datasets' not in value:
        yield value
    elif isinstance(value, Mapping):
        for name, item in value.items():
            yield from _datasets(item, 'dataset' if name in ('dataset', 'datasets') else str(name))
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _datasets(item, key)


def _replace(cfg: Config, change: Callable[[Mapping, str], Mapping]) -> None:
    """Put ``change(dataset, role)`` in place of every dataset; the role is 'train', 'val' or 'bank' (a hook's)."""
    roles = dict(train_dataloader='train', val_dataloader='val', test_dataloader='val')
    for name in _HOLDERS:
        if cfg.get(name) is not None:
            cfg[name] = _replaced(cfg[name], roles.get(name, 'bank'), change)


def _replaced(value: Any, role: str, change: Callable[[Mapping, str], Mapping], key: str = '') -> Any:
    # Nothing is changed in place: parts of a config may be one object (test_dataloader = val_dataloader).
    if key == 'dataset' and _is_dataset(value):
        if 'datasets' not in value:
            return ConfigDict(change(value, role))
        changed = [_replaced(item, role, change, key) for item in value['datasets']]
        # Several sets that became the same folder are that folder once.
        images = [{name: item for name, item in part.items() if name != 'pipeline'} for part in changed]
        return (
            changed[0]
            if all(item == images[0] for item in images)
            else ConfigDict({**value, 'datasets': changed})
        )
    if isinstance(value, Mapping):
        return ConfigDict({name: _replaced(item, role, change, str(name)) for name, item in value.items()})
    if isinstance(value, (list, tuple)):
        return type(value)(_replaced(item, role, change, key) for item in value)
    return value


def _fits(dataset: Mapping, root: str) -> bool:
    """Whether a folder has the layout that a dataset expects."""
    kind = DATASETS.get(dataset['type']) if isinstance(dataset['type'], str) else dataset['type']
    if hasattr(kind, 'has_layout'):
        return kind.has_layout(root)
    if kind is PackedImages:
        return is_store(root) and (dataset.get('labels') != 'folders' or has_class_folders(root))
    if kind is not ImageFolder:
        return False
    folder = os.path.join(root, dataset.get('data_prefix', ''))
    if dataset.get('ann_file'):
        return os.path.isfile(os.path.join(root, dataset['ann_file']))
    return os.path.isdir(folder) and (dataset.get('labels', 'none') == 'none' or has_class_folders(folder))


def _image_folder(
    dataset: Mapping, role: str, root: str, layout: Layout, views: Sequence[Mapping] | None, side: int
) -> dict:
    """The ``ImageFolder`` or ``PackedImages`` that stands for a dataset."""
    new: dict = dict(type=dataset_type(root), data_root=root)
    prefix = layout.val if role == 'val' and layout.val else layout.train
    if prefix:
        new['data_prefix'] = prefix
    if layout.classes:
        new.update(labels='folders', metainfo=dict(classes=layout.classes))
        if not layout.val:
            new['split'] = 'val' if role == 'val' else 'train'
    pipeline = list(dataset.get('pipeline') or [dict(type='PackViews')])
    if pipeline[0]['type'] not in _LOADING:
        if role != 'train':
            pipeline = [*_plain_view(side)[:-1], *pipeline]
        else:
            # without recipes that resize, the pipeline counts on images of the size that its own set has
            made = [dict(type='MultiView', views=list(views))] if views else []
            loading = [dict(type='LoadImage', defer=True)] if views else _plain_view(side)[:-1]
            pipeline = [*loading, *made, *pipeline]
    new['pipeline'] = pipeline
    kept = {name: dataset[name] for name in _KEPT if name in dataset}
    if new['type'] == 'PackedImages':
        kept.pop('reindex', None)  # a store has no list that could be out of date
    return {**new, **kept}


def _plain_view(side: int) -> list[dict]:
    return [
        dict(type='LoadImage'),
        dict(type='ResizeCenterCrop', resize=side, crop=side),
        dict(type='PackViews'),
    ]


def _give_hooks_a_view(cfg: Config, side: int) -> None:
    """A hook that took the training images as they came in memory needs a pipeline for files."""
    for hook in [*(cfg.get('default_hooks') or {}).values(), *(cfg.get('custom_hooks') or [])]:
        if isinstance(hook, Mapping) and hook.get('pipeline') is None:
            kind = HOOKS.get(hook['type']) if isinstance(hook['type'], str) else hook['type']
            if kind is not None and 'pipeline' in arguments_of(kind).known:
                hook['pipeline'] = _plain_view(side)
