"""Fills the banks of the kNN metrics before an evaluation."""

import time

import numpy as np
from mmengine.runner import Runner
from mmengine.runner.base_loop import BaseLoop
from mmpretrain.utils import get_ori_model
from torch.utils.data import DataLoader, Dataset

from mmcl.engine.extract import extract, extraction_loader, transforms_of
from mmcl.evaluation.knn import KNNMetric
from mmcl.registry import HOOKS
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import fixed_choice

from .evaluation_feed import LoaderFeed


def training_set(runner: Runner) -> Dataset | dict:
    """The dataset that ``runner`` trains on, or its config where the training loop was never built.

    Raises:
        InputError: The config names no training data.
    """
    loop = runner._train_loop
    if isinstance(loop, BaseLoop):
        return loop.dataloader.dataset
    loader = runner._train_dataloader or runner.cfg.get('train_dataloader')
    if loader is None:
        raise InputError(
            'A config without train_dataloader',
            'the training images to compare with',
            'Add train_dataloader, or bank_dataloader to the hook',
        )
    return loader.dataset if isinstance(loader, DataLoader) else loader['dataset']


@HOOKS.register_module()
class KNNHook(LoaderFeed):
    """Extract the training images' features with the test view and hand them to every ``KNNMetric``.

    Works before validation and before testing; all processes share the work, and random states and training
    modes are left as they were. Without a labelled training image, kNN is off and the log says so.

    Args:
        bank_dataloader (dict, optional): Arguments of :func:`~mmcl.engine.extract.extraction_loader`
            (``dataset``, ``batch_size``, ``num_workers``). Defaults to None: the training dataset with the
            pipeline, batch size and workers of the evaluation's loader.
        max_bank (int, optional): Largest number of images in the bank, >= 1; a larger set is thinned to a
            fixed random choice. Defaults to None: all.

    Raises:
        ValueError: ``max_bank`` < 1.
    """

    metric = KNNMetric

    def __init__(self, bank_dataloader: dict | None = None, max_bank: int | None = None) -> None:
        if max_bank is not None and max_bank < 1:
            raise ValueError(f'max_bank must be at least 1, got {max_bank}.')
        self.bank_dataloader = bank_dataloader
        self.max_bank = max_bank

    def feed(self, runner: Runner, loop: BaseLoop, metrics: list) -> None:
        """Fill the banks."""
        learner, loader = get_ori_model(runner.model), self.loader(runner, loop)
        start = time.perf_counter()
        features, labels, seen = extract(learner, loader, learner.features)
        keep = seen & (labels >= 0)
        if not keep.any():
            runner.logger.info('kNN is off: no image of the bank has a label.')
            for metric in metrics:
                metric.clear_bank()
            return
        runner.logger.info(f'kNN bank: {int(keep.sum())} images in {time.perf_counter() - start:.1f} s')
        facts = dict(
            layer='backbone, pooled',
            view=[type(transform).__name__ for transform in transforms_of(loader.dataset)],
            dataset=type(loop.dataloader.dataset).__name__,
        )
        about = getattr(loop.dataloader.dataset, 'metainfo', {})
        facts.update({key: about[key] for key in ('source', 'degraded') if key in about})
        for metric in metrics:
            metric.set_bank(features[keep], labels[keep], **facts)

    def build_loader(self, runner: Runner, evaluated: DataLoader) -> DataLoader:
        """Of the bank's images."""
        if self.bank_dataloader is None:
            settings = dict(
                dataset=training_set(runner),
                pipeline=transforms_of(evaluated.dataset),
                batch_size=evaluated.batch_size,
                num_workers=evaluated.num_workers,
            )
        else:
            settings = dict(self.bank_dataloader)
        loader = extraction_loader(**settings)
        size = len(loader.dataset)
        chosen = np.arange(size)
        if hasattr(loader.dataset, 'get_gt_labels'):  # an image without a label has no vote
            labelled = np.flatnonzero(loader.dataset.get_gt_labels() >= 0)
            chosen = labelled if len(labelled) else chosen
        if self.max_bank is not None and len(chosen) > self.max_bank:
            chosen = fixed_choice(chosen, self.max_bank)
        if len(chosen) == size:
            return loader
        return extraction_loader(loader.dataset, loader.batch_size, loader.num_workers, subset=chosen)
