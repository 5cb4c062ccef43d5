"""Features of a whole dataset, one row an image, whatever the number of processes."""

import contextlib
import copy
from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import torch
from mmengine.dataset import ClassBalancedDataset, Compose, ConcatDataset, RepeatDataset, default_collate
from mmengine.dist import all_reduce, get_world_size
from mmpretrain.utils import get_ori_model
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, Subset

from mmcl.registry import DATA_SAMPLERS, DATASETS
from mmcl.structures import labels as labels_of
from mmcl.structures import sample_idx
from mmcl.utils.errors import InputError, expect

from .rng import preserved_rng

_ROWS_A_MESSAGE = 1 << 16  # bounds the staging copy that a GPU backend needs for a reduction


class Extracted(NamedTuple):
    """What :func:`extract` returns.

    Args:
        features (Tensor): float32 (N, D) on the CPU; rows that were never seen are 0.
        labels (Tensor): int64 (N,); -1 where unknown.
        seen (Tensor): bool (N,); False where the image could not be read.
    """

    features: Tensor
    labels: Tensor
    seen: Tensor


@contextlib.contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put ``model`` in evaluation mode, then give each module back its own mode: a frozen stage stays so."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


def transforms_of(dataset: Dataset) -> list:
    """The transforms that a dataset (or the one it wraps) applies, in order."""
    while not hasattr(dataset, 'pipeline') and hasattr(dataset, 'dataset'):
        dataset = dataset.dataset
    return list(getattr(dataset, 'pipeline', Compose([])).transforms)


def with_pipeline(dataset: Dataset, pipeline: Sequence) -> Dataset:
    """Give the same images through another pipeline; the index is shared, not read again.

    Args:
        dataset (Dataset): A dataset of images, or a wrapper of one (``.dataset``).
        pipeline (Sequence): Transforms or their configs.

    Raises:
        InputError: ``dataset`` has no pipeline to replace.
    """
    if hasattr(dataset, 'full_init'):
        dataset.full_init()
    twin = copy.copy(dataset)
    if hasattr(dataset, 'pipeline'):
        twin.pipeline = Compose(pipeline)
    elif hasattr(dataset, 'dataset'):
        twin.dataset = with_pipeline(dataset.dataset, pipeline)
    else:
        raise InputError(
            f'{type(dataset).__name__} cannot be read with another view',
            'a dataset with a pipeline',
            'Give the hook its own dataloader',
        )
    return twin


def extraction_loader(
    dataset: Dataset | dict,
    batch_size: int = 256,
    num_workers: int = 0,
    pipeline: Sequence | None = None,
    subset: np.ndarray | None = None,
) -> DataLoader:
    """Build a loader that visits every image in order and drops none; each process gets equally many.

    Args:
        dataset (Dataset or dict): The images, or the config of their dataset.
        batch_size (int): Images a batch on each process, >= 1.
        num_workers (int): Worker processes, >= 0.
        pipeline (Sequence, optional): Replaces the dataset's own transforms. Defaults to None.
        subset (ndarray, optional): Indices to visit, int, increasing. Defaults to None: all.

    Raises:
        InputError: A number below its range, or a dataset that gives one ``sample_idx`` to several images.
    """
    for name, value, least in (('batch_size', batch_size, 1), ('num_workers', num_workers, 0)):
        expect(value >= least, f'Features with {name}={value}', f'at least {least}', f'Raise {name}')
    if isinstance(dataset, dict):
        dataset = DATASETS.build(dataset)
    if hasattr(dataset, 'full_init'):
        dataset.full_init()
    if isinstance(dataset, (ConcatDataset, RepeatDataset, ClassBalancedDataset)):
        raise InputError(
            f'{type(dataset).__name__} gives the same sample_idx to several images',
            'one dataset, so that each image has its own row',
            'Put the folders under one data_root',
        )
    if pipeline is not None:
        dataset = with_pipeline(dataset, pipeline)
    if subset is not None:
        dataset = Subset(dataset, subset.tolist())
    sampler = DATA_SAMPLERS.build(
        dict(type='ResumableSampler', shuffle=False, round_up=True, seed=0),
        default_args=dict(dataset=dataset),
    )
    return DataLoader(
        dataset, batch_size=batch_size, sampler=sampler, num_workers=num_workers, collate_fn=default_collate
    )


def _reduce(rows: Tensor, op: str) -> None:
    """All-reduce a tall tensor in place, a bounded part at a time."""
    for part in rows.split(_ROWS_A_MESSAGE):
        all_reduce(part, op)


@torch.no_grad()
def extract(
    model: nn.Module, dataloader: DataLoader, fn: Callable[[Tensor], Tensor], views: bool = False
) -> Extracted:
    """Compute ``fn`` of every image of a loader, in dataset order.

    Each process fills the rows of its own images and the sum over processes is divided by how often a row was
    filled, so a sampler's padding and the replacement of a corrupt image change nothing. Random states and
    the training mode of every module are left as they were.

    Args:
        model (nn.Module): The learner (or its DDP wrapper); its ``data_preprocessor`` prepares the batches.
        dataloader (DataLoader): From :func:`extraction_loader`, or any whose samples carry ``sample_idx``.
        fn (Callable): Maps images (n, C, H, W), or a list of views, to features (n, D), e.g. ``learner.features``.
        views (bool): Give ``fn`` the views that training makes of an image, from the image's own key. Defaults to False: one image.

    Returns:
        Extracted: Features, labels and which rows were seen. Under ``torch.utils.data.Subset``, row i is the
        image ``subset.indices[i]`` (which must increase); otherwise the image i.
    """
    model = get_ori_model(model)
    dataset = dataloader.dataset
    size = len(dataset)
    chosen = torch.as_tensor(dataset.indices) if isinstance(dataset, Subset) else torch.arange(size)
    features, label_rows, counts = None, torch.full((size,), -1), torch.zeros(size)
    with preserved_rng(), evaluating(model):
        for batch in dataloader:
            data = model.data_preprocessor(batch, views)
            if views and isinstance(data['inputs'], Tensor):
                data['inputs'] = [data['inputs']]
            if not views and not isinstance(data['inputs'], Tensor):
                raise InputError(
                    f'The pipeline gives {len(data["inputs"])} views an image',
                    'one plain view of each image to extract features from',
                    'Give the hook a pipeline without MultiView, as in configs/_base_/views/clustering.py',
                )
            index = sample_idx(data['data_samples'])
            rows = torch.searchsorted(chosen, index).clamp_(max=size - 1)
            # A corrupt image is replaced by the next good one, which a subset may not contain.
            inside = chosen[rows] == index
            rows = rows[inside]
            batch_features = fn(data['inputs']).float().cpu()[inside]
            if features is None:
                features = batch_features.new_zeros(size, batch_features.size(1))
            features.index_add_(0, rows, batch_features)
            counts.index_add_(0, rows, torch.ones(len(rows)))
            label_rows[rows] = labels_of(data['data_samples'])[inside]
    if features is None:
        raise InputError('A dataset without images', 'at least one image', 'Check the data folder')
    if get_world_size() > 1:
        _reduce(features, 'sum')
        _reduce(counts, 'sum')
        _reduce(label_rows, 'max')
    return Extracted(features.div_(counts.clamp(min=1)[:, None]), label_rows, counts > 0)
