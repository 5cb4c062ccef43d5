"""An epoch loop that can start anywhere."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Dict, Optional, Union

import torch
from mmengine.runner import EpochBasedTrainLoop, Runner
from torch.utils.data import DataLoader, Sampler

from mmcl.models.norm import average_statistics
from mmcl.registry import DATA_SAMPLERS, LOOPS
from mmcl.utils.errors import InputError
from mmcl.utils.keyed_random import mix

from .rng import preserved_rng, restore_rng


class WholeSteps(Sampler):
    """The part of a resumable sampler's epoch that fills whole optimizer steps.

    Args:
        dataset (Sized): The training images.
        seed (int): The run's seed.
        sampler (dict): Config of a sampler with ``start`` and ``set_epoch``.
        step (int): Images of one process in an optimizer step, batch x accumulation.

    Raises:
        InputError: The sampler cannot start in the middle, or there are fewer images than a step takes.
    """

    def __init__(self, dataset, seed: int, sampler: dict, step: int) -> None:
        self.sampler = DATA_SAMPLERS.build(sampler, default_args=dict(dataset=dataset, seed=seed))
        self.step = step
        if not hasattr(self.sampler, 'start'):
            raise InputError(
                f'train_dataloader.sampler is a {type(self.sampler).__name__}, which always starts at the front',
                'a sampler that can go on in the middle of an epoch',
                "Set train_dataloader.sampler=dict(type='ResumableSampler', shuffle=True)",
            )
        if len(self) == 0:
            raise InputError(
                f'{len(self.sampler)} training images a process, but an optimizer step takes {step}',
                'at least one whole step of images',
                'Lower train_dataloader.batch_size (or optim_wrapper.accumulative_counts), or give more images',
            )

    def __len__(self) -> int:
        """Images of this process in a whole epoch."""
        return len(self.sampler) // self.step * self.step

    def __iter__(self) -> Iterator[int]:
        left = len(self) - self.sampler.start
        return islice(iter(self.sampler), left)

    def set_epoch(self, epoch: int) -> None:
        """Choose the order, see ``ResumableSampler``."""
        self.sampler.set_epoch(epoch)


@LOOPS.register_module()
class ResumableEpochLoop(EpochBasedTrainLoop):
    """Epochs that resume at any batch, loading nothing of what is skipped, bit for bit.

    An epoch is a whole number of optimizer steps; images that are left over wait for the next epoch's order. The loader
    draws from a generator of its own, so that its making never touches the global random state; validation leaves that
    state as it was. At the end of an epoch the processes average the running statistics of batch norms that are not
    synchronised, so that what follows (a checkpoint, a validation, a clustering) is done with one network.

    Args:
        runner (ContrastiveRunner): The runner.
        dataloader (dict): Config of the training loader; its sampler is a ``ResumableSampler``.
        max_epochs (int): Epochs of the run.
        val_begin (int): First epoch that ends in a validation. Defaults to 1.
        val_interval (int): Epochs between validations. Defaults to 1; the last epoch always ends in one.
        dynamic_intervals (list[tuple[int, int]], optional): See ``EpochBasedTrainLoop``.

    Raises:
        InputError: Fewer images than an optimizer step takes, another sampler, or a single image where batch norm needs two.
    """

    def __init__(
        self,
        runner,
        dataloader: Dict,
        max_epochs: int,
        val_begin: int = 1,
        val_interval: int = 1,
        dynamic_intervals: Optional[list] = None,
    ) -> None:
        if isinstance(dataloader, DataLoader):
            raise InputError('train_dataloader is a DataLoader', 'its config', 'Give a dict')
        self.batch_size = dataloader['batch_size']
        self.accumulation = _accumulation(runner.optim_wrapper)
        self._rng = None  # random states to put back before the next batch
        self._validation_due = False  # the checkpoint lies between an epoch and its validation
        whole = dict(type=WholeSteps, sampler=dataloader['sampler'], step=self.batch_size * self.accumulation)
        super().__init__(
            runner,
            {**dataloader, 'sampler': whole, 'drop_last': True},
            max_epochs,
            val_begin=val_begin,
            val_interval=val_interval,
            dynamic_intervals=dynamic_intervals,
        )
        self.dataloader.generator = torch.Generator()
        self._log_left_over()

    def _log_left_over(self) -> None:
        total, batches = self._num_draws(), len(self.dataloader)
        whole = self.batch_size * self.runner.world_size
        left = max(total - batches * whole, 0)
        text = f'An epoch is {batches} batches of {whole} images: {total - left} of {total}.'
        if left and getattr(self.sampler, 'shuffle', False):
            text += f' The {left} left over would not fill an optimizer step; each epoch is reshuffled, so they are others every time.'
        elif left:
            text += f' The last {left} would not fill an optimizer step and are never used, since the order is fixed.'
        self.runner.logger.info(text)

    def _num_draws(self) -> int:
        return getattr(self.sampler, 'num_draws', len(self.dataloader.dataset))

    @property
    def sampler(self) -> Sampler:
        """The configured sampler."""
        return self.dataloader.sampler.sampler

    def resume(self, epoch: int, iteration: int, rng: dict, validation_due: bool = False) -> None:
        """Go on after ``iteration`` batches.

        Args:
            epoch (int): Epochs done.
            iteration (int): Batches done since the start of the run.
            rng (dict): Random states, from :func:`~mmcl.engine.rng.capture_rng`.
            validation_due (bool): The last epoch has ended but was not validated.
        """
        self._epoch, self._iter, self._rng, self._validation_due = epoch, iteration, rng, validation_due

    def run(self) -> torch.nn.Module:
        """Train to the end."""
        self.runner.call_hook('before_train')
        self._put_back_rng()
        if self._validation_due:
            self._validate()
        while self._epoch < self._max_epochs and not self.stop_training:
            self.run_epoch()
            self._validate()
        self.runner.call_hook('after_train')
        return self.runner.model

    def run_epoch(self) -> None:
        """Train to the end of the epoch, from wherever in it the run stands."""
        done = self._iter - self._epoch * len(self.dataloader)
        self.sampler.set_epoch(self._epoch)
        self.runner.call_hook('before_train_epoch')
        self.runner.model.train()
        if done < len(self.dataloader):
            self.sampler.start = done * self.batch_size
            self.dataloader.generator.manual_seed(int(mix(self.runner.seed, self._epoch)) >> 1)
            batches = enumerate(self.dataloader, done)
            if done:  # the epoch's hooks have run before; whatever they drew this time is taken back
                self._put_back_rng()
            self._rng = None
            for index, batch in batches:
                self.run_iter(index, batch)
        average_statistics(self.runner.model)
        self.runner.call_hook('after_train_epoch')
        self._epoch += 1

    def run_iter(self, idx: int, data_batch: Union[dict, Sequence[dict]]) -> None:
        """Train on one batch."""
        try:
            super().run_iter(idx, data_batch)
        except ValueError as error:
            if 'more than 1 value per channel' not in str(error):
                raise
            raise InputError(
                f'Batch norm was given a single value a channel (train_dataloader.batch_size={self.batch_size})',
                'two images or more',
                'Raise train_dataloader.batch_size',
            ) from error

    def validation_due(self, epoch: int) -> bool:
        """Whether epoch number ``epoch`` (1-based) ends in a validation."""
        due = epoch % self.val_interval == 0 or epoch == self._max_epochs
        return self.runner.val_loop is not None and epoch >= self.val_begin and due

    def _validate(self) -> None:
        self._decide_current_val_interval()
        if self.validation_due(self._epoch):
            with preserved_rng():
                self.runner.val_loop.run()

    def _put_back_rng(self) -> None:
        if self._rng is not None:
            restore_rng(self._rng)


def _accumulation(optim_wrapper) -> int:
    """Batches in an optimizer step, from a built wrapper or its config."""
    if isinstance(optim_wrapper, dict):
        return optim_wrapper.get('accumulative_counts', 1)
    return getattr(optim_wrapper, '_accumulative_counts', 1)


def starts_epoch(runner: Runner) -> bool:
    """Whether the epoch that is about to run begins, and is not one that a resumed run goes on with."""
    return runner.iter == runner.epoch * len(runner.train_dataloader)
