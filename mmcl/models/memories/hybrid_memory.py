"""SpCL's memory: classes, clusters and images that belong to none, side by side."""

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.registry import MODELS
from mmcl.structures import ContrastSet
from mmcl.utils.dist import gather
from mmcl.utils.errors import expect


@MODELS.register_module()
class HybridMemory(BaseModule):
    """A row for each source class and for each target image, and which rows belong together (SpCL, https://arxiv.org/abs/2006.02713).

    A cluster stands for its images as their rows' mean, which is not of unit length (section 3.1): compact clusters have longer ones. All
    of it lies in buffers, whose shapes come from the checkpoint; ``SelfPacedHook`` fills it and compares it with the dataset.

    Args:
        dim (int): D, width of an embedding, >= 1.
        momentum (float): Fraction of the old row kept on writing, m, in [0, 1]. Defaults to 0.2.

    Attributes:
        num_source (int): Rows of source classes, which come first.

    Raises:
        InputError: ``momentum`` outside [0, 1].
    """

    def __init__(self, dim: int, momentum: float = 0.2) -> None:
        super().__init__()
        given = f'HybridMemory has momentum={momentum}'
        expect(0 <= momentum <= 1, given, 'a number in [0, 1]', 'Set model.memory.momentum, 0.2 in the paper')
        self.dim, self.momentum = dim, momentum
        self.register_buffer('bank', torch.empty(0, dim))  # (R, D)
        self.register_buffer(
            'labels', torch.empty(0, dtype=torch.int64)
        )  # (R,), from 0 without gaps; -1: no row
        self.register_buffer('source', torch.tensor(0))
        self.register_buffer('epoch', torch.tensor(-1))  # the clusters' epoch; -1: never clustered
        self.register_buffer(
            'threshold', torch.tensor(torch.nan, dtype=torch.float64)
        )  # of the clusters' independence
        self._counted = None  # classes and their sizes, of these labels
        self._num_source = None  # ``source``, read without waiting for the device

    @property
    def num_source(self) -> int:
        """Rows of source classes."""
        if self._num_source is None:
            self._num_source = int(self.source)
        return self._num_source

    @property
    def ready(self) -> bool:
        """Whether there are rows, and clusters of them."""
        return len(self.bank) > 0 and int(self.epoch) >= 0

    @torch.no_grad()
    def fill(self, classes: Tensor, instances: Tensor) -> None:
        """Start from source class centroids (C, D) and target features (N, D); every process must give the same."""
        device = self.bank.device
        self.bank = F.normalize(torch.cat([classes, instances]).to(self.bank.dtype).to(device), dim=1)
        self.labels = torch.arange(len(self.bank), device=device)
        self.source.fill_(len(classes))
        self._counted = self._num_source = None

    @torch.no_grad()
    def assign(self, clusters: Tensor, epoch: int, threshold: float) -> None:
        """Take the clusters of the target images.

        Args:
            clusters (Tensor): int64 (N,), equal for images of one cluster, another number for each image without one; -1 for images that
                are in nothing, since they could not be read.
            epoch (int): The epoch that will train with them.
            threshold (float): What a cluster's independence is measured by.
        """
        numbers = torch.full_like(clusters, -1)
        known = clusters >= 0
        numbers[known] = clusters[known].unique(return_inverse=True)[1] + self.num_source
        self.labels = torch.cat([torch.arange(self.num_source), numbers.cpu()]).to(self.bank.device)
        self.epoch.fill_(epoch)
        self.threshold.fill_(threshold)
        self._counted = None

    def read(self) -> Tensor:
        """All rows, no copy: they change on the next write."""
        return self.bank

    def contrast(self, anchors: Tensor, rows: Tensor) -> ContrastSet:
        """Embeddings (N, D) of rows (N,) against all source classes, clusters and images without one."""
        if self._counted is None:  # once an epoch: what is asked here makes the host wait for the device
            expect(
                self.ready,
                'The hybrid memory is empty or was never clustered',
                'rows and clusters',
                "Add dict(type='SelfPacedHook') to default_hooks or custom_hooks",
            )
            num = int(self.labels.max()) + 1
            self._counted = torch.bincount(self.labels + 1, minlength=num + 1)[1:, None].to(self.bank)
        # a first place for the rows that are in nothing
        sums = self.bank.new_zeros(len(self._counted) + 1, self.dim).index_add_(0, self.labels + 1, self.bank)
        means = sums[1:] / self._counted
        return ContrastSet(anchors, shared=means.to(anchors.dtype), target=self.labels[rows])

    @torch.no_grad()
    def write(self, embeddings: Tensor, rows: Tensor) -> None:
        """Mix embeddings (N, D) into rows (N,), of all processes, one after the other where a row has several, each scaled to length 1."""
        embeddings, rows = gather(embeddings).to(self.bank.dtype), gather(rows.to(self.bank.device))
        order = rows.argsort(stable=True)
        first = torch.searchsorted(rows[order], rows[order])
        turns = torch.empty_like(rows)
        turns[order] = (
            torch.arange(len(rows), device=rows.device) - first
        )  # how many before it have the same row
        for turn in range(int(turns.max()) + 1):
            now = turns == turn
            mixed = self.bank[rows[now]].mul(self.momentum).add_(embeddings[now], alpha=1 - self.momentum)
            self.bank[rows[now]] = F.normalize(mixed, dim=1)

    def _load_from_state_dict(self, state_dict, prefix, *args) -> None:
        """Take the checkpoint's shapes."""
        for name in ('bank', 'labels'):
            held = state_dict.get(prefix + name)
            if held is not None and held.shape[1:] == getattr(self, name).shape[1:]:
                setattr(self, name, getattr(self, name).new_empty(held.shape))
        self._counted = self._num_source = None
        super()._load_from_state_dict(state_dict, prefix, *args)
