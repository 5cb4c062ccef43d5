"""Clusters the training images before an epoch."""

import logging
import time
from collections.abc import Sequence

import torch
from mmengine.dist import broadcast, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.utils import get_ori_model
from torch import Tensor, nn
from torch.utils.data import DataLoader

from mmcl.engine.extract import extract, extraction_loader
from mmcl.evaluation.clustering import assign, choose_engine, find_centroids, join_levels, to_prototypes
from mmcl.registry import HOOKS
from mmcl.structures import ClusterResult
from mmcl.utils.errors import InputError


@HOOKS.register_module()
class ClusteringHook(Hook):
    """The E-step of PCL (https://arxiv.org/abs/2005.04966, section 3.3): k-means of all momentum embeddings.

    Before an epoch, ``learner.embed`` of every training image is computed (all processes share the work),
    rank 0 clusters once for each entry of the model's ``clusters.num_clusters`` and broadcasts, and
    ``clusters.update`` takes the result. Clusters that a checkpoint already holds for this epoch are kept.
    Random states are left as they were. For a :class:`ClusterTree`, a level clusters the centroids of the
    one before instead of the images (HCSC, https://arxiv.org/abs/2202.00455).

    Args:
        pipeline (Sequence, optional): The view that is clustered. Defaults to None: the training pipeline,
            which must then give one plain image (sets whose views are made on the device).
        warmup_epochs (int): Epochs before the first clustering, >= 0. Defaults to 20.
        interval (int): Epochs between clusterings, >= 1. Defaults to 1.
        temperature (float): Mean of the clusters' temperatures, > 0. Defaults to 0.2.
        alpha (float): Keeps small clusters from a large temperature, > 0. Defaults to 10.
        engine (str): 'faiss', 'torch' or 'auto' (torch on a GPU, else faiss). Defaults to 'auto'.
        niter (int): Iterations of k-means, >= 1. Defaults to 20.
        nredo (int): Starts of which the best is kept, >= 1; the authors take 5. Defaults to 1.
        min_points (int): Images a cluster on average, >= 1; a k that leaves fewer is lowered, with a warning.
            Defaults to 10. Of a tree, its first level.
        seed (int): Clustering number i starts from seed + i. Defaults to 0.
        batch_size (int, optional): Images a batch and process. Defaults to None: 5 times the training batch,
            at most 256.
        num_workers (int, optional): Worker processes. Defaults to None: as many as in training.

    Raises:
        InputError: A setting out of range, a pipeline that gives several views, or fewer than two readable
        images.
    """

    # Before IterTimerHook, which would count the clustering as the time of the first batch.
    priority = 'ABOVE_NORMAL'

    def __init__(
        self,
        pipeline: Sequence | None = None,
        warmup_epochs: int = 20,
        interval: int = 1,
        temperature: float = 0.2,
        alpha: float = 10.0,
        engine: str = 'auto',
        niter: int = 20,
        nredo: int = 1,
        min_points: int = 10,
        seed: int = 0,
        batch_size: int | None = None,
        num_workers: int | None = None,
    ) -> None:
        choose_engine(engine, on_device=False)
        limits = dict(warmup_epochs=0, interval=1, niter=1, nredo=1, min_points=1)
        given = dict(
            warmup_epochs=warmup_epochs, interval=interval, niter=niter, nredo=nredo, min_points=min_points
        )
        for name, least in limits.items():
            if given[name] < least:
                raise InputError(
                    f'ClusteringHook has {name}={given[name]}', f'at least {least}', f'Set {name} higher'
                )
        if temperature <= 0 or alpha <= 0:
            raise InputError(
                f'ClusteringHook has temperature={temperature}, alpha={alpha}', 'both above 0', 'Raise it'
            )
        self.pipeline = pipeline
        self.warmup_epochs = warmup_epochs
        self.interval = interval
        self.temperature = temperature
        self.alpha = alpha
        self.engine = engine
        self.niter = niter
        self.nredo = nredo
        self.min_points = min_points
        self.seed = seed
        self.batch_size = batch_size
        self.num_workers = num_workers
        self._loader = None
        self._warned = False

    def before_train(self, runner: Runner) -> None:
        """Look whether the model has clusters to fill."""
        self._active = hasattr(get_ori_model(runner.model), 'clusters')
        if not self._active:
            runner.logger.warning('ClusteringHook has nothing to do: the model has no clusters.')

    def before_train_epoch(self, runner: Runner) -> None:
        """Cluster, if it is due and not yet done."""
        if not self._active or runner.epoch < self.warmup_epochs:
            return
        learner = get_ori_model(runner.model)
        clusters = learner.clusters
        due = not clusters.ready or (runner.epoch - self.warmup_epochs) % self.interval == 0
        if not due or int(clusters.epoch) == runner.epoch:
            return
        start = time.perf_counter()
        features, seen = self.embeddings(runner, learner)
        spent = [time.perf_counter() - start]
        sizes = self._cap(clusters, int(seen.sum()), runner.logger)
        levels = [self._blank(len(seen), k, features[0].size(1)) for k in sizes]
        if is_main_process():
            levels, durations = self._cluster(features, seen, sizes, clusters)
            spent += durations
        for i, level in enumerate(levels):
            for part in clusters.parts(i):
                broadcast(getattr(level, part))
        clusters.update(levels, runner.epoch)
        if is_main_process():
            members = [
                level.assignments[level.assignments >= 0].bincount(minlength=k)
                for level, k in zip(levels, sizes)
            ]
            runner.logger.info(
                f'Clustered {int(seen.sum())} of {len(seen)} images into {sizes} clusters, of which '
                f'{[int((count == 0).sum()) for count in members]} are empty and the largest hold '
                f'{[int(count.max()) for count in members]}. Embeddings took {spent[0]:.1f} s, '
                f'k-means {spent[1]:.1f} s, assignment {spent[2]:.1f} s, concentrations {spent[3]:.2f} s.'
            )

    def embeddings(self, runner: Runner, learner: nn.Module) -> tuple[list[Tensor], Tensor]:
        """What the clusterings are of, one (N, D) each, and which of the N images could be read."""
        if self._loader is None:
            self._loader = self._build_loader(runner.train_dataloader)
        with runner.optim_wrapper.optim_context(learner):  # in the number format of training
            features, _, seen = extract(learner, self._loader, learner.embed)
        return [features] * len(learner.clusters), seen

    def find(self, rows: Tensor, k: int, number: int) -> Tensor:
        """The k centroids of clustering ``number``."""
        return find_centroids(rows, k, self.seed + number, self.engine, self.niter, self.nredo)

    def _build_loader(self, training: DataLoader) -> DataLoader:
        return extraction_loader(
            training.dataset,
            batch_size=self.batch_size or min(5 * training.batch_size, 256),
            num_workers=training.num_workers if self.num_workers is None else self.num_workers,
            pipeline=self.pipeline,
        )

    @staticmethod
    def _blank(num: int, k: int, dim: int) -> ClusterResult:
        ids, parents = torch.empty(num, dtype=torch.int64), torch.empty(k, dtype=torch.int64)
        return ClusterResult(ids, torch.empty(k, dim), torch.empty(k), parents)

    def _cap(self, clusters: nn.Module, num_images: int, logger: logging.Logger) -> list[int]:
        """Lower each k to what the images can fill; in a tree no level is larger than the one below anyway."""
        num_clusters = clusters.num_clusters
        if num_images < 2:
            raise InputError(
                f'{num_images} readable image(s) to cluster', 'at least 2', 'Train on more images'
            )
        limit = max(2, num_images // self.min_points)
        sizes = [min(k, limit) for k in num_clusters]
        if sizes != list(num_clusters) and not self._warned:
            self._warned = True
            logger.warning(
                f'num_clusters={list(num_clusters)} is lowered to {sizes}: {num_images} images, and a '
                f'cluster should have {self.min_points} on average (min_points of the ClusteringHook).'
            )
        return sizes

    def _cluster(
        self, features: Sequence[Tensor], seen: Tensor, sizes: Sequence[int], clusters: nn.Module
    ) -> tuple[list[ClusterResult], list[float]]:
        """Cluster once for each size; also give the seconds of k-means, of the assignment and of the concentrations."""
        device = clusters.epoch.device
        on_device = choose_engine(self.engine, device.type == 'cuda') == 'torch'
        rows_seen = seen
        levels, seconds = [], [0.0, 0.0, 0.0]
        for i, k in enumerate(sizes):
            start = time.perf_counter()
            if i == 0 or features[i] is not features[i - 1]:
                rows = features[i][seen].to(device if on_device else 'cpu')
            centroids = self.find(rows, k, i)
            found = time.perf_counter()
            clustering = assign(rows, centroids)
            assigned = time.perf_counter()
            levels.append(to_prototypes(clustering, rows_seen, self.temperature, self.alpha))
            if clusters.hierarchical:
                if i > 0:
                    join_levels(*levels[-2:])
                rows, rows_seen = levels[-1].centroids, torch.ones(k, dtype=torch.bool)
            spans = (found - start, assigned - found, time.perf_counter() - assigned)
            seconds = [total + span for total, span in zip(seconds, spans)]
        return levels, seconds
