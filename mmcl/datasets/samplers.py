"""Which image comes when: an order that any process, at any batch of any epoch, can compute alone."""

from collections.abc import Iterator, Sized

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from mmcl.registry import DATA_SAMPLERS
from mmcl.utils.errors import InputError, expect
from mmcl.utils.keyed_random import mix

from .class_labels import rows_by_class

# Keeps the order of an epoch apart from its view keys, which hash the same (seed, epoch, index).
_ORDER = 0x6F72646572
_TURN = 0x7475726E  # likewise the order of classes
_AGAIN = 0x616761696E  # and the seed of an image that comes again


class EpochIndex(int):
    """A dataset index that also says in which epoch, and under which seed, the image is drawn.

    Subtraction and modulo, which dataset wrappers use to find the inner index, keep both; other arithmetic
    gives an int.

    Args:
        index (int): Position in the dataset, >= 0.
        epoch (int): Epoch, >= 0.
        seed (int): The run's seed, >= 0.
    """

    def __new__(cls, index: int, epoch: int = 0, seed: int = 0) -> 'EpochIndex':
        """Make the int and hang the two numbers on it."""
        self = super().__new__(cls, index)
        self.epoch = epoch
        self.seed = seed
        return self

    def __getnewargs__(self) -> tuple[int, int, int]:
        return int(self), self.epoch, self.seed

    def __sub__(self, other: int) -> 'EpochIndex':
        return EpochIndex(int(self) - int(other), self.epoch, self.seed)

    def __mod__(self, other: int) -> 'EpochIndex':
        return EpochIndex(int(self) % int(other), self.epoch, self.seed)


@DATA_SAMPLERS.register_module()
class ResumableSampler(Sampler):
    """Yields indices in an order that depends on (seed, epoch) only; process r of W takes every W-th from r.

    The first b indices of all W processes together are therefore the first W*b of the one-process order, and
    an epoch can start at any position without loading what comes before it.

    Args:
        dataset (Sized): Its length N is read at every use.
        shuffle (bool): A new order each epoch; False gives 0..N-1.
        seed (int, optional): >= 0, equal on all processes. None: rank 0 draws one and shares it.
        round_up (bool): What to do when W does not divide N. False (training) drops the last N % W of the
            order, True (extraction, validation) starts again from its front, so every image is seen and a few
            are seen twice.

    Attributes:
        start (int): Samples of this process that the next iteration leaves out; goes back to 0 once used.
            ``len`` does not count it.

    Raises:
        InputError: A process would get no image.
    """

    def __init__(
        self, dataset: Sized, shuffle: bool = True, seed: int | None = None, round_up: bool = False
    ) -> None:
        self.dataset = dataset
        self.shuffle = shuffle
        self.seed = sync_random_seed() if seed is None else seed
        self.round_up = round_up
        self.rank, self.world_size = get_dist_info()
        self.epoch = 0
        self.start = 0
        if len(self) == 0:
            raise InputError(
                f'{len(dataset)} images for {self.world_size} processes',
                'at least one image for every process',
                f'Start at most {len(dataset)} processes'
                if len(dataset)
                else 'Give a dataset that holds images',
            )

    def __iter__(self) -> Iterator[EpochIndex]:
        order, seeds = self.order(), self.seeds()
        mine = slice(self.rank, None, self.world_size)
        order, seeds = (part[mine][self.start :].tolist() for part in (order, np.resize(seeds, len(order))))
        # No generator: its body would run when the first index is asked for, maybe after another set_epoch.
        self.start = 0
        epoch = self.epoch
        return (EpochIndex(index, epoch, seed) for index, seed in zip(order, seeds))

    def __len__(self) -> int:
        """Samples of this process in a whole epoch."""
        share, rest = divmod(self.num_draws, self.world_size)
        return share + bool(rest and self.round_up)

    @property
    def num_draws(self) -> int:
        """Samples of an epoch, before they are divided among processes."""
        return len(self.dataset)

    def seeds(self) -> np.ndarray:
        """The seed of each place of :meth:`order`, or one for all, below 2 ** 63."""
        return np.array([self.seed])

    def order(self) -> np.ndarray:
        """The epoch's order over all processes, int64 (W * len(self),)."""
        num = len(self.dataset)
        order = np.arange(num)
        if self.shuffle:
            order = np.argsort(mix(self.seed, self.epoch, _ORDER, order), kind='stable')
        return np.resize(order, len(self) * self.world_size)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order and the view keys of the next iteration; ``epoch`` >= 0."""
        self.epoch = epoch


@DATA_SAMPLERS.register_module()
class ClassBalancedSampler(ResumableSampler):
    """Draws as many images of each class: the second stage of long-tailed training (class-aware sampling).

    Classes come in turns, in a new order each turn, ``in_a_row`` images of one at a time; a class's images come in a new order each time
    that all have been drawn. An epoch is as many draws of every class as the largest class has images. An image that comes again in an
    epoch comes with other augmentations. Images without a class are left out.

    Args:
        dataset (Sized): Has ``get_gt_labels``, as every dataset of mmcl.
        shuffle (bool): As in :class:`ResumableSampler`; False repeats the first epoch's order. Defaults to True.
        seed (int, optional): See :class:`ResumableSampler`.
        in_a_row (int): >= 1; the code of TSC takes 4. Defaults to 1.
        round_up (bool): See :class:`ResumableSampler`.

    Raises:
        InputError: A dataset without labels, ``in_a_row`` < 1, or a process would get no image.
    """

    def __init__(
        self,
        dataset: Sized,
        shuffle: bool = True,
        seed: int | None = None,
        in_a_row: int = 1,
        round_up: bool = False,
    ) -> None:
        given = f'ClassBalancedSampler has in_a_row={in_a_row}'
        expect(in_a_row >= 1, given, 'at least 1', 'Set in_a_row in train_dataloader.sampler')
        self.in_a_row = in_a_row
        labels = dataset.get_gt_labels() if hasattr(dataset, 'get_gt_labels') else np.empty(0, np.int64)
        known = np.flatnonzero(labels >= 0)
        remedy = "Give labelled images, or train_dataloader.sampler.type='ResumableSampler'"
        expect(len(known) > 0, f'{type(dataset).__name__} has no labels', 'labels to balance', remedy)
        self.classes = rows_by_class(labels, known)
        super().__init__(dataset, shuffle, seed, round_up)

    @property
    def num_draws(self) -> int:
        """Classes times the images of the largest."""
        return len(self.classes) * max(map(len, self.classes))

    def order(self) -> np.ndarray:
        """The epoch's order over all processes, int64 (W * len(self),)."""
        return np.resize(self._draws()[0], len(self) * self.world_size)

    def seeds(self) -> np.ndarray:
        """A seed for each time that an image comes."""
        times = self._draws()[1]
        return np.where(times == 0, self.seed, mix(self.seed, _AGAIN, times) >> np.uint64(1)).astype(np.int64)

    def _draws(self) -> tuple[np.ndarray, np.ndarray]:
        """Rows, and how often each has come before in this epoch, int64 (num_draws,) both."""
        epoch, num_classes = self.epoch if self.shuffle else 0, len(self.classes)
        turns = -(-max(map(len, self.classes)) // self.in_a_row)
        rows, times = (np.empty((turns, num_classes, self.in_a_row), np.int64) for _ in range(2))
        for label, images in enumerate(self.classes):
            repeats = np.arange(-(-turns * self.in_a_row // len(images)))
            keys = mix(self.seed, epoch, _ORDER, images, repeats[:, None])  # (repeats, images)
            drawn = images[np.argsort(keys, axis=1, kind='stable')].ravel()
            rows[:, label] = drawn[: turns * self.in_a_row].reshape(turns, self.in_a_row)
            times[:, label] = np.repeat(repeats, len(images))[: turns * self.in_a_row].reshape(turns, -1)
        turn = np.argsort(
            mix(self.seed, epoch, _TURN, np.arange(num_classes), np.arange(turns)[:, None]), axis=1
        )
        pick = (np.arange(turns)[:, None], turn)
        return rows[pick].ravel()[: self.num_draws], times[pick].ravel()[: self.num_draws]
