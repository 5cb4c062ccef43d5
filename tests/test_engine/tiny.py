"""A learner with everything that a resume can lose, and the config of a run with it."""

import itertools

import torch
import torch.nn.functional as F
from mmengine.config import Config
from mmengine.model import BaseModel
from torch import nn

from mmcl.engine.runner import ContrastiveRunner
from mmcl.models.memories import FeatureQueue
from mmcl.registry import MODELS
from mmcl.utils.dist import rank
from tests.test_evaluation import tiny  # noqa: F401  registers BlobImages


@MODELS.register_module()
class ForgetfulLearner(BaseModel):
    """Batch norm, dropout from the global random state, a queue, and buffers that differ between processes."""

    def __init__(self, data_preprocessor=None, width: int = 8) -> None:
        super().__init__(data_preprocessor)
        self.backbone = nn.Sequential(
            nn.Conv2d(3, width, 3),
            nn.SyncBatchNorm(width),
            nn.ReLU(),
            nn.BatchNorm2d(width),
            nn.Flatten(),
            nn.Dropout(0.3),
        )
        self.neck = nn.Linear(width * 4, 6)
        self.memory = FeatureQueue(50, 6)
        self.register_buffer('own', torch.zeros(6))

    def features(self, images):
        return F.normalize(self.backbone(images), dim=1)

    def forward(self, inputs, data_samples=None, mode='tensor'):
        if mode == 'predict':
            for sample, feature in zip(data_samples, self.features(inputs)):
                sample.set_field(feature, 'feature')
            return data_samples
        query, key = (F.normalize(self.neck(self.backbone(view)), dim=1) for view in inputs)
        logits = torch.cat([(query * key.detach()).sum(1, keepdim=True), query @ self.memory.read().T], 1)
        self.memory.write(key)
        with torch.no_grad():
            self.own += key.mean(0) * (1 + rank()) + torch.rand(6)
        return dict(loss=F.cross_entropy(logits / 0.5, logits.new_zeros(len(logits), dtype=torch.long)))


def run_config(
    work_dir, batch_size: int = 4, num_workers: int = 0, accumulation: int = 1, num: int = 43, epochs: int = 2
) -> dict:
    """The config of a run of ``ForgetfulLearner``: 43 images of 4 x 4 pixels, two views made on the device, kNN after each epoch."""
    view = dict(type='RandomView', size=4, crop_scale=(0.3, 1), jitter=(0.4, 0.4, 0.4, 0.1))
    loader = dict(
        dataset=dict(type='BlobImages', num=num),
        batch_size=batch_size,
        num_workers=num_workers,
        collate_fn=dict(type='default_collate'),
    )
    evaluation = dict(
        loader, sampler=dict(type='ResumableSampler', shuffle=False, round_up=True), num_workers=0
    )
    return dict(
        default_scope='mmcl',
        work_dir=str(work_dir),
        model=dict(
            type='ForgetfulLearner',
            data_preprocessor=dict(type='ViewPreprocessor', mean=[127.5], std=[64.0], views=[view, view]),
        ),
        train_dataloader=dict(loader, sampler=dict(type='ResumableSampler', shuffle=True)),
        train_cfg=dict(type='ResumableEpochLoop', max_epochs=epochs, val_interval=1),
        optim_wrapper=dict(
            type='OptimWrapper',
            optimizer=dict(type='SGD', lr=0.1, momentum=0.9),
            accumulative_counts=accumulation,
        ),
        param_scheduler=[dict(type='WarmupCosineLR', warmup=1, by_epoch=True, convert_to_iter_based=True)],
        val_dataloader=dict(evaluation, dataset=dict(type='BlobImages', num=20, seed=5)),
        val_cfg=dict(),
        val_evaluator=dict(type='KNNMetric', k=5),
        custom_hooks=[dict(type='KNNHook')],
        default_hooks=dict(
            nan=dict(type='StopOnNaNHook'),
            logger=dict(type='LoggerHook', interval=5),
            checkpoint=dict(type='SafeCheckpointHook', save_best='knn/top1'),
            sampler_seed=None,
        ),
        log_processor=dict(type='ThroughputLogProcessor'),
        randomness=dict(seed=3),
    )


_RUNS = itertools.count()


def build(work_dir, changes=None, **kwargs) -> ContrastiveRunner:
    """A runner of :func:`run_config` (which takes ``kwargs``), after ``changes`` by dotted key."""
    cfg = Config(run_config(work_dir, **kwargs))
    cfg.merge_from_dict(changes or {})
    # MMEngine keeps one message hub a name, and names differ by the second only
    cfg.experiment_name = f'run{next(_RUNS)}'
    return ContrastiveRunner.from_cfg(cfg)


@MODELS.register_module()
class VectorLearner(ForgetfulLearner):
    """Ends in a batch norm of vectors, which a single image cannot fill."""

    def __init__(self, data_preprocessor=None) -> None:
        super().__init__(data_preprocessor)
        self.neck = nn.Sequential(self.neck, nn.BatchNorm1d(6))
