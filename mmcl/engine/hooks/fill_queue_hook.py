"""Fills the queue before the first step."""

import torch
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.utils import get_ori_model
from torch.utils.data import DataLoader

from mmcl.engine.rng import preserved_rng
from mmcl.registry import DATA_SAMPLERS, HOOKS


@HOOKS.register_module()
class FillQueueHook(Hook):
    """Start the queue with keys of training images, and their classes, instead of random directions (KCL).

    Batches are encoded as in training, with batch norm in training mode, but nothing is learned and the target does not move, until every
    key of the queue has been replaced. A run that resumes is left alone. Random states are left as they were.
    """

    def before_train(self, runner: Runner) -> None:
        """Fill it, if the run starts."""
        learner = get_ori_model(runner.model)
        if not hasattr(getattr(learner, 'memory', None), 'pointer'):
            runner.logger.warning('FillQueueHook has nothing to do: the model has no queue.')
        elif runner.iter == 0:
            with preserved_rng(), torch.no_grad():
                number = self._fill(runner, learner)
            runner.logger.info(f'The queue starts from the keys of {number} images.')

    def _fill(self, runner: Runner, learner: torch.nn.Module) -> int:
        training = runner.train_dataloader
        sampler = DATA_SAMPLERS.build(
            dict(type='ResumableSampler', shuffle=True),
            default_args=dict(dataset=training.dataset, seed=runner.seed),
        )
        loader = DataLoader(
            training.dataset,
            batch_size=training.batch_size,
            sampler=sampler,
            num_workers=training.num_workers,
            collate_fn=training.collate_fn,
            drop_last=True,
        )
        learner.train()
        number, whole = 0, training.batch_size * runner.world_size
        while True:
            for batch in loader:
                data = learner.data_preprocessor(batch, True)
                views = learner.prepare(**data)
                with runner.optim_wrapper.optim_context(learner):  # in the number format of training
                    _, key = learner.encoder(learner, views, learner.pairs)
                learner.remember(key, data['data_samples'])
                number += whole * len(key)
                if number >= len(learner.memory):
                    return number // len(key)
            sampler.set_epoch(sampler.epoch + 1)
