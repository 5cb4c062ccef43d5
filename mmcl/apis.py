"""Use a trained learner from Python: find configs, load models, turn images into features."""

import fnmatch
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.device import get_device
from mmengine.logging import MMLogger
from mmengine.registry import init_default_scope
from mmengine.runner.checkpoint import CheckpointLoader
from torch import Tensor, nn
from torch.utils.data import Dataset

from mmcl.datasets.image_source import dataset_type, has_class_folders, is_source
from mmcl.datasets.transforms.loading import UnreadableImage
from mmcl.engine.extract import extract, extraction_loader
from mmcl.registry import DATASETS, MODELS
from mmcl.utils.errors import InputError

# What a method remembers of its training set, which is sized to that set, and who taught it: of no use for features.
_MEMORIES = ('memory', 'clusters', 'teacher')
_LOADING = ('LoadImage', 'LoadImageFromFile')


def config_root() -> Path:
    """The folder of the configs: beside the package in a clone, in ``mmcl/.mim`` where it was installed."""
    package = Path(__file__).resolve().parent
    for folder in (package.parent / 'configs', package / '.mim' / 'configs'):
        if (folder / '_base_').is_dir():
            return folder
    raise InputError(f'{package} has no configs', 'a whole installation', 'Install mmcl again')


def list_models(pattern: str | None = None) -> list[str]:
    """Names of the configs, e.g. 'mocov2/r50_200e'.

    Args:
        pattern (str, optional): Shell pattern or a part of the name. Defaults to None: all.
    """
    root = config_root()
    paths = (path.relative_to(root).with_suffix('') for path in root.rglob('*.py'))
    names = sorted(path.as_posix() for path in paths if path.parts[0] not in ('_base_', 'benchmarks'))
    if pattern is None:
        return names
    return [name for name in names if fnmatch.fnmatch(name, pattern) or pattern in name]


def read_config(config: str | Path | Config) -> Config:
    """Read a config given by name (see :func:`list_models`), by path, or already read.

    Raises:
        InputError: No such name or file.
    """
    if isinstance(config, Config):
        return config
    for path in (Path(config), config_root() / f'{config}.py'):
        if path.is_file():
            return Config.fromfile(path)
    folder = Path(config).parent.name
    names = sorted(list_models(folder or None), key=lambda name: not name.startswith(f'{folder}/'))
    near = ', '.join(names[:5])
    raise InputError(
        f'There is no config {str(config)!r}', f'a file or a name such as {near}', 'See mmcl.list_models()'
    )


def load_weights(learner: nn.Module, checkpoint: str | Path) -> None:
    """Load the networks of a checkpoint; every one of their keys must be there and fit.

    What the method remembers of its training set (queue, bank, clusters), and its teacher, stay as they are. Only what tells the clusters
    of images (the learner's ``cluster_parts``) is taken where the checkpoint has it.

    Args:
        learner (nn.Module): From the config that the checkpoint was trained with.
        checkpoint (str or Path): File written by training, or a bare state dict.

    Raises:
        InputError: A key is missing or has another shape.
    """
    content = CheckpointLoader.load_checkpoint(str(checkpoint), map_location='cpu')
    found = content.get('state_dict', content)
    found = {key.removeprefix('module.'): value for key, value in found.items()}
    wanted = {key: value for key, value in learner.state_dict().items() if key.split('.')[0] not in _MEMORIES}
    remedy = 'Give the config that this checkpoint was trained with'
    missing = [key for key in wanted if key not in found]
    if missing:
        raise InputError(
            f'{checkpoint} has no {missing[0]} ({len(missing)} of {len(wanted)} keys are missing)',
            f'a checkpoint of {type(learner).__name__}',
            remedy,
        )
    for key, value in wanted.items():
        if value.shape != found[key].shape:
            raise InputError(
                f'{checkpoint} has {key} of shape {tuple(found[key].shape)}',
                f'shape {tuple(value.shape)}, as the config says',
                remedy,
            )
    parts = getattr(learner, 'cluster_parts', ())
    wanted.update({key: found[key] for key in found if key.split('.')[0] in parts})
    learner.load_state_dict({key: found[key] for key in wanted}, strict=False)


def check_device(device: str | None) -> None:
    """Refuse a device that PyTorch does not know or this machine does not have.

    Args:
        device (str, optional): E.g. 'cpu', 'cuda' or 'cuda:1'; None is always right.

    Raises:
        InputError: See above.
    """
    try:
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError, NotImplementedError):  # what PyTorch says lists a dozen others
        raise InputError(
            f'There is no device={device}',
            'a device of this machine, e.g. cpu or cuda',
            'Choose another, or leave it out for a GPU if there is one',
        ) from None


def get_model(
    config: str | Path | Config, checkpoint: str | Path | None = None, device: str | None = None
) -> nn.Module:
    """Build a learner in evaluation mode; ``learner.features(images)`` gives its unit-length features.

    Args:
        config (str, Path or Config): Name, file or content of a config.
        checkpoint (str or Path, optional): Weights. Defaults to None: as initialised.
        device (str, optional): Defaults to None: a GPU if there is one.

    Returns:
        nn.Module: The learner; its ``cfg`` is the config.

    Raises:
        InputError: A device that there is not, or a checkpoint of another model.
    """
    check_device(device)
    cfg = read_config(config)
    init_default_scope(cfg.get('default_scope', 'mmcl'))
    learner = MODELS.build(cfg.model)
    logger = MMLogger.get_current_instance()
    level = logger.level
    logger.setLevel('WARNING')  # MMEngine tells of every tensor that it initialises
    try:
        if checkpoint is None:
            learner.init_weights()
        else:
            load_weights(learner, checkpoint)
    finally:
        logger.setLevel(level)
    learner.cfg = cfg
    return learner.to(device or get_device()).eval()


def evaluation_dataset(cfg: Config) -> dict:
    """The config of the dataset that a config evaluates on: test, else validation, else training.

    Raises:
        InputError: The config names no data.
    """
    for name in ('test_dataloader', 'val_dataloader', 'train_dataloader'):
        if cfg.get(name):
            return cfg[name]['dataset']
    raise InputError('A config without a dataloader', 'test_dataloader or val_dataloader', 'Add one')


def file_pipeline(cfg: Config) -> list[dict]:
    """The evaluation's transforms for image files, also where the config's own images lie in memory."""
    pipeline = list(evaluation_dataset(cfg)['pipeline'])
    if pipeline and pipeline[0]['type'] in _LOADING:
        return pipeline
    views = cfg.model.get('data_preprocessor', {}).get('views')
    side = views[0].get('size', 224) if views else 224
    return [dict(type='LoadImage'), dict(type='ResizeCenterCrop', resize=side, crop=side), *pipeline]


def folder_dataset(cfg: Config, root: str) -> Dataset:
    """All images under a folder, seen as the config's evaluation sees them.

    Where ``root`` has the layout that the config's dataset expects, it is that dataset; otherwise every image
    below ``root`` counts, with labels where all of them lie in class folders.
    """
    own = evaluation_dataset(cfg)
    expected = getattr(DATASETS.get(own['type']), 'has_layout', None)
    if expected is not None and expected(root):
        return DATASETS.build({**own, 'data_root': root})
    labels = 'folders' if has_class_folders(root) else 'none'
    return DATASETS.build(
        dict(type=dataset_type(root), data_root=root, labels=labels, pipeline=file_pipeline(cfg))
    )


def image_names(dataset: Dataset) -> list[str]:
    """Each image's path below the data root, or its number where the images are no files."""
    infos = [dataset.get_data_info(i) for i in range(len(dataset))]
    if 'img_path' not in infos[0]:
        return [f'{i:0{len(str(len(infos) - 1))}d}' for i in range(len(infos))]
    return [Path(os.path.relpath(info['img_path'], dataset.data_root)).as_posix() for info in infos]


class _Given(Dataset):
    """Images that a caller holds: arrays or paths."""

    def __init__(self, images: Sequence, pipeline: Sequence[dict]) -> None:
        self.images = images
        self.for_files = Compose(pipeline)
        self.for_arrays = Compose([step for step in pipeline if step['type'] not in _LOADING])

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> dict:
        image, index = self.images[index], int(index)
        if isinstance(image, (str, os.PathLike)):
            return self.for_files(dict(img_path=os.fspath(image), sample_idx=index))
        if image.ndim == 2:
            image = image[..., None]
        if image.dtype != np.uint8 or image.ndim != 3 or image.shape[2] not in (1, 3):
            raise InputError(
                f'An image of type {image.dtype} and shape {image.shape}',
                'uint8, (H, W), (H, W, 1) or (H, W, 3) in RGB order',
                'Convert it first',
            )
        if image.shape[2] == 1:  # grey and colour can then share a batch
            image = image.repeat(3, axis=2)
        return self.for_arrays(dict(img=image, sample_idx=index))


class FeatureExtractor:
    """Images in, unit-length backbone features out.

    Example::

        extract = mmcl.FeatureExtractor('mocov2/r50_200e', 'epoch_200.pth')
        features = extract(['cat.jpg', 'dog.jpg'])  # (2, 2048)
        features = extract('photos/')  # every readable image below the folder; extract.paths says which

    Args:
        model (nn.Module, str, Path or Config): A learner from :func:`get_model`, or a config.
        checkpoint (str or Path, optional): Weights, where ``model`` is a config.
        device (str, optional): Defaults to None: where the learner is; a GPU for a config if there is one.
        batch_size (int): Images a batch, >= 1. Defaults to 64.
        num_workers (int): Worker processes that load images, >= 0. Defaults to 0.

    Attributes:
        paths (list[str]): The file of each row of the last call, relative to the folder if one was given;
            empty for arrays.

    Raises:
        InputError: A learner without its config, so that the view is unknown.
    """

    def __init__(
        self,
        model: nn.Module | str | Path | Config,
        checkpoint: str | Path | None = None,
        device: str | None = None,
        batch_size: int = 64,
        num_workers: int = 0,
    ) -> None:
        if isinstance(model, nn.Module):
            if not hasattr(model, 'cfg'):
                raise InputError(
                    f'A {type(model).__name__} without its config',
                    'a model that mmcl.get_model made',
                    'Use it, or give the config',
                )
            self.model = model if device is None else model.to(device)
        else:
            self.model = get_model(model, checkpoint, device)
        self.batch_size = batch_size
        self.num_workers = num_workers
        self.paths = []

    def __call__(self, images: str | os.PathLike | np.ndarray | Sequence) -> Tensor:
        """Compute features.

        Args:
            images (str, Path, ndarray or Sequence): A folder, a packed store, a file, an array (H, W, 3) of uint8 RGB, a
                batch of such arrays (N, H, W, 3), or a list of files or of arrays.

        Returns:
            Tensor: Unit-length features, float32 (N, D), on the CPU.

        Raises:
            InputError: An image that cannot be read (in a folder such files are left out instead), or none.
        """
        if isinstance(images, (str, os.PathLike)) and is_source(os.fspath(images)):
            dataset = folder_dataset(self.model.cfg, os.fspath(images))
        else:
            if isinstance(images, (str, os.PathLike)) or (isinstance(images, np.ndarray) and images.ndim < 4):
                images = [images]
            dataset = _Given(images, file_pipeline(self.model.cfg))
        try:
            loader = extraction_loader(dataset, self.batch_size, self.num_workers)
            features, _, seen = extract(self.model, loader, self.model.features)
        except UnreadableImage as error:
            raise InputError(f'{error}', 'an image that opens', 'Leave it out') from error
        names = images if isinstance(dataset, _Given) else image_names(dataset)
        kept = [name for name, readable in zip(names, seen.tolist()) if readable]
        self.paths = [str(name) for name in kept if not isinstance(name, np.ndarray)]
        return features[seen]
