"""Which image comes when: an order that any process, at any batch of any epoch, can compute alone."""

from collections.abc import Iterator, Sized

import numpy as np
from mmengine.dist import get_dist_info, sync_random_seed
from torch.utils.data import Sampler

from mmcl.registry import DATA_SAMPLERS
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix

# Keeps the order of an epoch apart from its view keys, which hash the same (seed, epoch, index).
_ORDER = 0x6F72646572


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
        order = self.order()[self.rank :: self.world_size][self.start :].tolist()
        # No generator: its body would run when the first index is asked for, maybe after another set_epoch.
        self.start = 0
        epoch, seed = self.epoch, self.seed
        return (EpochIndex(index, epoch, seed) for index in order)

    def __len__(self) -> int:
        """Samples of this process in a whole epoch."""
        share, rest = divmod(len(self.dataset), self.world_size)
        return share + bool(rest and self.round_up)

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
