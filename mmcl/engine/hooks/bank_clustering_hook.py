"""Clusters what the memory bank holds before an epoch."""

from collections.abc import Sequence

import torch
from mmengine.runner import Runner
from torch import Tensor, nn

from mmcl.engine.extract import extract, extraction_loader
from mmcl.evaluation.clustering import spherical_centroids
from mmcl.models.norm import frozen_statistics
from mmcl.registry import HOOKS

from .clustering_hook import ClusteringHook


@HOOKS.register_module()
class BankClusteringHook(ClusteringHook):
    """DeepCluster-v2's clustering (https://arxiv.org/abs/2006.09882, appendix): spherical k-means of a memory bank.

    Before every epoch, clustering number i is of what view i (counted around) of each image was embedded to in the last epoch: no network
    runs. Before the first one, the banks are filled: with the training views of each image, normalised by the batch as in training, whose
    running statistics stay as they were (in the authors' code they move).

    Args:
        niter (int): Turns of k-means, >= 1. Defaults to 10.
        min_points (int): Images a cluster on average, >= 1; a k that leaves fewer is lowered, with a warning. Defaults to 10.
        seed (int): Clustering number i starts from seed + i. Defaults to 0.
        batch_size (int, optional): Images a batch and process of the first pass. Defaults to None: as in training.
        num_workers (int, optional): Its worker processes. Defaults to None: as many as in training.

    Raises:
        InputError: A setting out of range.
    """

    def __init__(
        self,
        niter: int = 10,
        min_points: int = 10,
        seed: int = 0,
        batch_size: int | None = None,
        num_workers: int | None = None,
    ) -> None:
        super().__init__(
            warmup_epochs=0,
            engine='torch',
            niter=niter,
            min_points=min_points,
            seed=seed,
            batch_size=batch_size,
            num_workers=num_workers,
        )

    def embeddings(self, runner: Runner, learner: nn.Module) -> tuple[list[Tensor], Tensor]:
        """The banks, in turns, and which of their rows have been written."""
        banks = learner.memory.banks
        if not banks[0].written.any():
            self._fill(runner, learner)
        seen = banks[0].written.cpu()
        return [banks[i % len(banks)].bank for i in range(len(learner.clusters))], seen

    def find(self, rows: Tensor, k: int, number: int) -> Tensor:
        """The k centroids of clustering ``number``."""
        return spherical_centroids(rows, k, self.seed + number, self.niter)

    def _fill(self, runner: Runner, learner: nn.Module) -> None:
        training, views = runner.train_dataloader, learner.code_views
        workers = training.num_workers if self.num_workers is None else self.num_workers
        loader = extraction_loader(training.dataset, self.batch_size or training.batch_size, workers)

        def embed(made: Sequence[Tensor]) -> Tensor:
            learner.train(len(made[0]) > 1)  # batch norm needs two images
            with frozen_statistics(learner):
                keys = learner.encoder(learner, made, [(view, view) for view in views])[1]
            return torch.cat([keys[view] for view in views], dim=1)

        with runner.optim_wrapper.optim_context(learner):
            features, _, seen = extract(learner, loader, embed, views=True)
        index = seen.nonzero()[:, 0]
        for bank, rows in zip(learner.memory.banks, features.chunk(len(views), dim=1)):
            bank.fill(rows[index], index)
