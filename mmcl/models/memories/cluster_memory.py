"""Which cluster each image belongs to, for several clusterings at once."""

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.registry import MODELS
from mmcl.structures import ClusterResult
from mmcl.utils.errors import InputError

_EMPTY = dict(  # a level's parts before the first clustering: shape and type
    assignments=((0,), torch.int64),
    centroids=((0, 0), torch.float32),
    density=((0,), torch.float32),
    parents=((0,), torch.int64),
)


@MODELS.register_module()
class ClusterMemory(BaseModule):
    """The last clusterings of the training images (PCL, https://arxiv.org/abs/2005.04966, section 3.2).

    Iterating gives one :class:`ClusterResult` a clustering. All of it lies in buffers, so a resumed run goes
    on with the same clusters; their shapes come from the checkpoint, since k may have been capped on small
    data.

    Args:
        num_clusters (Sequence[int]): k of each clustering, each >= 1.

    Raises:
        InputError: No clustering, or a k below 1.
    """

    hierarchical = False  # whether a level clusters the centroids of the one before

    def __init__(self, num_clusters: Sequence[int]) -> None:
        super().__init__()
        if not num_clusters or min(num_clusters) < 1:
            raise InputError(
                f'The cluster memory has num_clusters={num_clusters}',
                'one k or more, each at least 1',
                'Set model.clusters.num_clusters, e.g. [250, 500, 1000]',
            )
        self.num_clusters = list(num_clusters)
        self.num_samples = None
        # What was asked for is kept beside what was found: a capped k is no mistake on resume, another k is.
        self.register_buffer('requested', torch.tensor(self.num_clusters))
        self.register_buffer('epoch', torch.tensor(-1))  # the clusters' epoch; -1: never clustered
        self._made = {}
        for level in range(len(self)):
            for part in self.parts(level):
                shape, dtype = _EMPTY[part]
                self.register_buffer(f'{part}_{level}', torch.empty(shape, dtype=dtype))

    def __len__(self) -> int:
        return len(self.num_clusters)

    def __getitem__(self, level: int) -> ClusterResult:
        level = range(len(self))[level]
        return ClusterResult(**{part: getattr(self, f'{part}_{level}') for part in self.parts(level)})

    def __iter__(self) -> Iterator[ClusterResult]:
        return (self[level] for level in range(len(self)))

    def parts(self, level: int) -> tuple[str, ...]:
        """Which fields of a level's :class:`ClusterResult` are kept."""
        return 'assignments', 'centroids', 'density'

    def once(self, name: Hashable, make: Callable[[], Any]) -> Any:
        """What ``make`` gives, made once for these clusters: what follows from them, and so is no state."""
        if name not in self._made:
            self._made[name] = make()
        return self._made[name]

    @property
    def ready(self) -> bool:
        """Whether there are clusters."""
        return self.assignments_0.numel() > 0

    def assign(self, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        """The nearest centroid of each embedding (n, D), of unit length, in each clustering, and its cosine; (n, L) each."""
        nearest = [(embeddings @ level.centroids.to(embeddings.dtype).T).max(dim=1) for level in self]
        cosines, clusters = (torch.stack(part, dim=1) for part in zip(*nearest))
        return clusters, cosines

    def size_to_dataset(self, num_samples: int) -> None:
        """Learn how many images the training dataset has; clusters of another number are then refused."""
        self.num_samples = num_samples

    def update(self, level_results: Sequence[ClusterResult], epoch: int) -> None:
        """Replace all clusterings.

        Args:
            level_results (Sequence[ClusterResult]): One for each entry of ``num_clusters``.
            epoch (int): The epoch that will train with them, 0-based.

        Raises:
            ValueError: Another number of clusterings, or of images, than this memory is for.
        """
        if len(level_results) != len(self):
            raise ValueError(f'{len(level_results)} clusterings for a memory of {len(self)}.')
        for level, result in enumerate(level_results):
            if self.num_samples is not None and len(result.assignments) != self.num_samples:
                raise ValueError(
                    f'{len(result.assignments)} assignments for {self.num_samples} training images.'
                )
            for part in self.parts(level):
                setattr(self, f'{part}_{level}', getattr(result, part).to(self.epoch.device))
        self.epoch.fill_(epoch)
        self._made.clear()

    def _load_from_state_dict(
        self, state_dict, prefix, metadata, strict, missing, unexpected, errors
    ) -> None:
        """Take the checkpoint's shapes, after a check that its clusters are of this config and dataset."""
        requested: Tensor | None = state_dict.get(f'{prefix}requested')
        if requested is not None and requested.tolist() != self.num_clusters:
            errors.append(
                f'{prefix}requested: the checkpoint was clustered with num_clusters={requested.tolist()}, '
                f"the config says {self.num_clusters}; set model.clusters.num_clusters to the checkpoint's."
            )
            return
        for level in range(len(self)):
            rows = state_dict.get(f'{prefix}assignments_{level}')
            if rows is not None and self.num_samples and len(rows) not in (0, self.num_samples):
                errors.append(
                    f'{prefix}assignments_{level}: shape {tuple(rows.shape)} in the checkpoint, '
                    f'({self.num_samples},) for this training dataset; the checkpoint is of another dataset.'
                )
                return
            for part in self.parts(level):
                name = f'{part}_{level}'
                if prefix + name in state_dict:
                    setattr(self, name, getattr(self, name).new_empty(state_dict[prefix + name].shape))
        self._made.clear()
        super()._load_from_state_dict(state_dict, prefix, metadata, strict, missing, unexpected, errors)


@MODELS.register_module()
class ClusterTree(ClusterMemory):
    """Clusters, clusters of their centroids, and so on (HCSC, https://arxiv.org/abs/2202.00455).

    Level l's centroids are what level l + 1 clusters, and each :class:`ClusterResult` but the last has ``parents``. An image's cluster at
    a level is the parent of its cluster at the level below.

    Args:
        num_clusters (Sequence[int]): k of each level, from the finest, never growing.

    Raises:
        InputError: As :class:`ClusterMemory`, or a level with more clusters than the one below it.
    """

    hierarchical = True

    def __init__(self, num_clusters: Sequence[int]) -> None:
        super().__init__(num_clusters)
        if self.num_clusters != sorted(self.num_clusters, reverse=True):
            raise InputError(
                f'The cluster tree has num_clusters={self.num_clusters}',
                'the finest level first, and no level with more clusters than the one before it',
                'Set model.clusters.num_clusters, e.g. [3000, 2000, 1000]',
            )

    def parts(self, level: int) -> tuple[str, ...]:
        """Which fields of a level's :class:`ClusterResult` are kept: the last level has no parents."""
        return super().parts(level) + (('parents',) if level < len(self) - 1 else ())

    def assign(self, embeddings: Tensor) -> tuple[Tensor, Tensor]:
        """The nearest centroid of the first level and its ancestors, and the cosine with each; (n, L) each."""
        clusters = [(embeddings @ self[0].centroids.to(embeddings.dtype).T).argmax(dim=1)]
        for level in list(self)[:-1]:
            clusters.append(level.parents[clusters[-1]])
        cosines = [
            (embeddings * level.centroids[own].to(embeddings.dtype)).sum(dim=1)
            for level, own in zip(self, clusters)
        ]
        return torch.stack(clusters, dim=1), torch.stack(cosines, dim=1)
