"""Several pictures of each identity in a batch."""

from collections.abc import Sized

import numpy as np

from mmcl.registry import DATA_SAMPLERS
from mmcl.utils.errors import expect, expect_each
from mmcl.utils.keyed_random import mix

from .class_labels import rows_by_class
from .samplers import ResumableSampler

_PASS = 0x70617373  # keeps the passes apart from other hashes of (seed, epoch)


@DATA_SAMPLERS.register_module()
class IdentitySampler(ResumableSampler):
    """Identities in random order, ``num_instances`` images of each, from other cameras than the first where there are some (SpCL).

    Identities are what ``SelfPacedHook`` found before the epoch; an image that is alone comes alone. After one pass over all of them
    another begins. Everything is a function of (seed, epoch, groups), so that an epoch can go on in its middle.

    Args:
        dataset (Sized): The images; ``cameras`` and ``num_target`` are read where it has them.
        num_instances (int): K, >= 1. Defaults to 4.
        length (int, optional): Images of an epoch, over all processes, >= 1: 400 batches of 64 for Market-1501. Defaults to None: as many
            as the dataset has.
        domain_batch (int, optional): Where the dataset holds a source, images of a batch on each process, even: their first half is then
            of the source, the second of the target. Defaults to None: images of the target alone.
        seed (int, optional): >= 0, equal on all processes.

    Raises:
        InputError: A number out of range, or a source for which ``domain_batch`` is not set, or the other way round.
    """

    def __init__(
        self,
        dataset: Sized,
        num_instances: int = 4,
        length: int | None = None,
        domain_batch: int | None = None,
        seed: int | None = None,
    ) -> None:
        expect_each(
            'IdentitySampler has',
            'Set train_dataloader.sampler.{name}',
            ('num_instances', num_instances, num_instances >= 1, 'at least 1'),
            ('length', length, length is None or length >= 1, 'at least 1'),
            (
                'domain_batch',
                domain_batch,
                domain_batch is None or (domain_batch >= 2 and domain_batch % 2 == 0),
                'an even number of images',
            ),
        )
        self.num_instances, self.length, self.domain_batch = num_instances, length, domain_batch
        self.groups: np.ndarray | None = None
        super().__init__(dataset, shuffle=True, seed=seed)
        has_source = self._num_target() < len(dataset)
        expect(
            has_source == (domain_batch is not None),
            f'IdentitySampler has domain_batch={domain_batch} for a dataset {"with" if has_source else "without"} a source',
            'the batch of a process where there is a source, else None',
            'Set train_dataloader.sampler.domain_batch=train_dataloader.batch_size, or source_root of the dataset',
        )

    def set_groups(self, groups: np.ndarray) -> None:
        """Say which images belong together in the epochs to come.

        Args:
            groups (ndarray): int64 (N,), equal for images of one identity; -1 for images that are left out.
        """
        self.groups = np.asarray(groups)

    def __len__(self) -> int:
        """Images of this process in a whole epoch."""
        return (self.length or len(self.dataset)) // self.world_size

    def order(self) -> np.ndarray:
        """The epoch's order over all processes, int64 (W * len(self),)."""
        num, target = len(self) * self.world_size, np.arange(self._num_target())
        if self.domain_batch is None:
            return self._stream(target, num, 0)
        half = self.domain_batch // 2 * self.world_size  # a process takes every W-th of each half
        runs = -(-num // (2 * half))
        source = np.arange(len(target), len(self.dataset))
        both = [
            self._stream(rows, runs * half, i).reshape(runs, half) for i, rows in enumerate((target, source))
        ]
        return np.concatenate([both[1], both[0]], axis=1).reshape(-1)[:num]

    def _num_target(self) -> int:
        return getattr(self.dataset, 'num_target', len(self.dataset))

    def _stream(self, rows: np.ndarray, num: int, domain: int) -> np.ndarray:
        """The first ``num`` of pass after pass over the identities of some images."""
        groups = np.arange(len(self.dataset)) if self.groups is None else self.groups
        members = rows_by_class(groups, rows[groups[rows] >= 0])
        expect(len(members) > 0, 'IdentitySampler was given no group of images', 'a group', 'Cluster again')
        cameras = getattr(self.dataset, 'cameras', None)
        taken, count, number = [], 0, 0
        while count < num:
            random = np.random.default_rng(int(mix(self.seed, self.epoch, _PASS, domain, number)))
            for group in random.permutation(len(members)):
                taken.append(self._pick(members[group], cameras, random))
                count += len(taken[-1])
                if count >= num:
                    break
            number += 1
        return np.concatenate(taken)[:num]

    def _pick(
        self, members: np.ndarray, cameras: np.ndarray | None, random: np.random.Generator
    ) -> np.ndarray:
        """One image of an identity, and K - 1 others of it: by other cameras if there are such, more than once if there are too few."""
        if len(members) == 1:
            return members
        first = members[random.integers(len(members))]
        others = members[members != first]
        if cameras is not None:
            elsewhere = members[cameras[members] != cameras[first]]
            others = elsewhere if len(elsewhere) else others
        more = random.choice(others, self.num_instances - 1, replace=len(others) < self.num_instances)
        return np.append(first, more)
