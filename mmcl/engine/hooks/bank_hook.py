"""Fills the memory bank before the first step."""

from collections.abc import Sequence

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmpretrain.utils import get_ori_model

from mmcl.engine.extract import extract, extraction_loader
from mmcl.registry import HOOKS


@HOOKS.register_module()
class BankHook(Hook):
    """Start the memory bank with what the untrained network says of each image, instead of random directions.

    With random rows the first epoch pulls every image to noise, which 200 epochs forget and three do not. A bank of which a row has been
    written, such as a resumed run's, is left alone. Random states are left as they were.

    Args:
        pipeline (Sequence, optional): The view that is embedded. Defaults to None: the training pipeline, which must then give one plain
            image (sets whose views are made on the device).
        batch_size (int): Images a batch and process, >= 1. Defaults to 256.
    """

    def __init__(self, pipeline: Sequence | None = None, batch_size: int = 256) -> None:
        self.pipeline, self.batch_size = pipeline, batch_size

    def before_train(self, runner: Runner) -> None:
        """Fill it, if there is one and it is fresh."""
        learner, training = get_ori_model(runner.model), runner.train_dataloader
        memory = getattr(learner, 'memory', None)
        if not hasattr(memory, 'fill'):
            runner.logger.warning('BankHook has nothing to do: the model has no memory bank.')
        elif not memory.written.any():
            loader = extraction_loader(
                training.dataset, self.batch_size, training.num_workers, pipeline=self.pipeline
            )
            features, _, seen = extract(learner, loader, learner.embed)
            index = seen.nonzero()[:, 0]
            memory.fill(features[index], index)
            runner.logger.info(f'The memory bank starts from the embeddings of {len(index)} images.')
