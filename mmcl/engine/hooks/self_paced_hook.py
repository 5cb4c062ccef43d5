"""SpCL's clusters, made again before every epoch."""

import time
from collections.abc import Sequence

import numpy as np
import torch
from mmengine.dist import broadcast, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.utils import get_ori_model
from torch import Tensor

from mmcl.engine.extract import extract, extraction_loader
from mmcl.models.memories import HybridMemory
from mmcl.registry import HOOKS
from mmcl.utils.errors import InputError, expect, expect_each


@HOOKS.register_module()
class SelfPacedHook(Hook):
    """Fill the hybrid memory before training, and cluster its target rows before every epoch (SpCL, https://arxiv.org/abs/2006.02713).

    Features are extracted once, with the network as it starts; later clusterings take the memory's rows. Rank 0 clusters and broadcasts.
    The training sampler is told which images belong together. Clusters that a checkpoint holds for this epoch are kept, and random states
    left as they were.

    Args:
        eps (float): DBSCAN's, in (0, 1). Defaults to 0.6.
        eps_gap (float): By how much the tighter and the looser criterion differ, >= 0. Defaults to 0.02.
        min_samples (int): Neighbours of a core point, itself counted, >= 1. Defaults to 4.
        k1 (int): Of the Jaccard distance, >= 1. Defaults to 30.
        k2 (int): Likewise. Defaults to 6.
        keep (float): Share of the first clusters that sets the threshold of independence, in (0, 1]. Defaults to 0.9.
        pipeline (Sequence, optional): The view that the memory starts from. Defaults to None: the training pipeline, which must then give
            one plain image (sets whose views are made on the device).
        batch_size (int): Images a batch and process of the extraction, >= 1. Defaults to 256.

    Raises:
        InputError: A setting out of range, a model without a hybrid memory, or a memory of another dataset.
    """

    # before IterTimerHook, which would count the clustering as the time of the first batch
    priority = 'ABOVE_NORMAL'

    def __init__(
        self,
        eps: float = 0.6,
        eps_gap: float = 0.02,
        min_samples: int = 4,
        k1: int = 30,
        k2: int = 6,
        keep: float = 0.9,
        pipeline: Sequence | None = None,
        batch_size: int = 256,
    ) -> None:
        expect_each(
            'SelfPacedHook has',
            'Set {name} of the hook',
            ('eps', eps, 0 < eps < 1, 'a distance between 0 and 1'),
            (
                'eps_gap',
                eps_gap,
                0 <= eps_gap < min(eps, 1 - eps),
                'a number >= 0, so that eps stays in (0, 1)',
            ),
            ('min_samples', min_samples, min_samples >= 1, 'at least 1'),
            ('k1', k1, k1 >= 1, 'at least 1'),
            ('k2', k2, k2 >= 1, 'at least 1'),
            ('keep', keep, 0 < keep <= 1, 'a share above 0, at most 1'),
        )
        self.eps, self.eps_gap, self.min_samples = eps, eps_gap, min_samples
        self.k1, self.k2, self.keep = k1, k2, keep
        self.pipeline, self.batch_size = pipeline, batch_size

    def before_train(self, runner: Runner) -> None:
        """Fill the memory, if it is fresh; else compare it with the dataset."""
        memory, dataset = self._memory(runner), runner.train_dataloader.dataset
        num_target = getattr(dataset, 'num_target', len(dataset))
        classes = dataset.get_gt_labels()[num_target:]
        if not len(memory.bank):
            self._fill(runner, memory, num_target, classes)
        shape = memory.num_source, len(memory.bank) - memory.num_source
        expected = int(classes.max(initial=-1)) + 1, num_target
        if shape != expected:
            raise InputError(
                f'The hybrid memory has {shape[0]} source classes and {shape[1]} images',
                f'the {expected[0]} and {expected[1]} of this training dataset',
                'Resume with the dataset that wrote the checkpoint',
            )

    def before_train_epoch(self, runner: Runner) -> None:
        """Cluster, if this epoch's clusters are not there, and tell the sampler."""
        memory = self._memory(runner)
        if int(memory.epoch) != runner.epoch:
            self._cluster(runner, memory)
        sampler = runner.train_loop.sampler
        if hasattr(sampler, 'set_groups'):
            dataset = runner.train_dataloader.dataset
            classes = dataset.get_gt_labels()[len(memory.bank) - memory.num_source :]
            groups = memory.labels[memory.num_source :].cpu().numpy()
            sampler.set_groups(
                np.concatenate([groups, classes])
            )  # told apart by domain, so numbers may coincide

    def _memory(self, runner: Runner) -> HybridMemory:
        memory = getattr(get_ori_model(runner.model), 'memory', None)
        expect(
            isinstance(memory, HybridMemory),
            f'SelfPacedHook for a model whose memory is {type(memory).__name__}',
            'a HybridMemory',
            "Set model.memory=dict(type='HybridMemory', dim=...)",
        )
        return memory

    def _fill(self, runner: Runner, memory: HybridMemory, num_target: int, classes: np.ndarray) -> None:
        learner, training = get_ori_model(runner.model), runner.train_dataloader
        loader = extraction_loader(
            training.dataset, self.batch_size, training.num_workers, pipeline=self.pipeline
        )
        with runner.optim_wrapper.optim_context(learner):  # in the number format of training
            features, _, seen = extract(learner, loader, learner.embed)
        source, known = features[num_target:], seen[num_target:]
        labels = torch.from_numpy(classes)[known]
        centroids = torch.zeros(int(classes.max(initial=-1)) + 1, features.shape[1])
        centroids.index_add_(0, labels, source[known])  # their mean's direction
        memory.fill(centroids, features[:num_target])
        runner.logger.info(
            f'The memory starts from {int(seen.sum())} images and {len(centroids)} source classes.'
        )

    def _cluster(self, runner: Runner, memory: HybridMemory) -> None:
        instances = memory.bank[memory.num_source :]
        readable = instances.abs().sum(dim=1).cpu() > 0
        labels, threshold = torch.full((len(instances),), -1), torch.zeros(1, dtype=torch.float64)
        start = time.perf_counter()
        if is_main_process():
            labels[readable], threshold[0] = self._labels(instances[readable.to(instances.device)], memory)
        broadcast(labels)
        broadcast(threshold)
        memory.assign(labels, runner.epoch, float(threshold))
        if is_main_process():
            sizes = labels[readable].unique(return_counts=True)[1]
            runner.logger.info(
                f'{int((sizes > 1).sum())} reliable clusters hold {int(sizes[sizes > 1].sum())} images, '
                f'{int((sizes == 1).sum())} stand alone; independence is at least {1 - float(threshold):.3f}. '
                f'It took {time.perf_counter() - start:.1f} s.'
            )

    def _labels(self, instances: Tensor, memory: HybridMemory) -> tuple[Tensor, float]:
        from mmcl.evaluation.self_paced import density_clusters, jaccard_graph, reliable_clusters  # SciPy

        graph = jaccard_graph(instances, self.k1, self.k2, limit=self.eps + self.eps_gap)
        found = [
            density_clusters(graph, eps, self.min_samples)
            for eps in (self.eps, self.eps - self.eps_gap, self.eps + self.eps_gap)
        ]
        result = reliable_clusters(*found, threshold=float(memory.threshold), keep=self.keep)
        return torch.from_numpy(result.labels), result.threshold
