"""Which cluster each image belongs to, for several clusterings at once."""

from collections.abc import Iterator, Sequence

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.registry import MODELS
from mmcl.structures import ClusterResult
from mmcl.utils.errors import InputError

_PARTS = ('assignments', 'centroids', 'density')


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
        for level in range(len(self)):
            self.register_buffer(f'assignments_{level}', torch.empty(0, dtype=torch.int64))  # (N,)
            self.register_buffer(f'centroids_{level}', torch.empty(0, 0))  # (k, D)
            self.register_buffer(f'density_{level}', torch.empty(0))  # (k,)

    def __len__(self) -> int:
        return len(self.num_clusters)

    def __getitem__(self, level: int) -> ClusterResult:
        return ClusterResult(*(getattr(self, f'{part}_{range(len(self))[level]}') for part in _PARTS))

    def __iter__(self) -> Iterator[ClusterResult]:
        return (self[level] for level in range(len(self)))

    @property
    def ready(self) -> bool:
        """Whether there are clusters."""
        return self.assignments_0.numel() > 0

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
            for part in _PARTS:
                setattr(self, f'{part}_{level}', getattr(result, part).to(self.epoch.device))
        self.epoch.fill_(epoch)

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
            for part in _PARTS:
                name = f'{part}_{level}'
                if prefix + name in state_dict:
                    setattr(self, name, getattr(self, name).new_empty(state_dict[prefix + name].shape))
        super()._load_from_state_dict(state_dict, prefix, metadata, strict, missing, unexpected, errors)
