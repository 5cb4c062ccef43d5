"""The same run in mmcl: its own learner, optimizer, schedule and hooks, under its own runner."""

import itertools
from types import SimpleNamespace
from typing import Dict, Optional
from unittest.mock import patch

import numpy as np
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.logging import MessageHub
from mmengine.model import BaseDataPreprocessor, BaseModule
from mmpretrain.structures import DataSample
from mmpretrain.utils import get_ori_model
from torch import Tensor, nn
from torch.utils.data import Dataset

from mmcl.engine.runner import ContrastiveRunner
from mmcl.models.methods import hcsc
from mmcl.models.policies import ClassPositives, mixing
from mmcl.registry import DATASETS, HOOKS, MODELS, TASK_UTILS
from mmcl.structures import ClusterResult

from . import problem
from .trunk import Trunk, digests, fill

_RUNS = itertools.count()
_PREFIXES = (
    ('encoder.target.backbone.', 'target.trunk.'),
    ('encoder.target.neck.layers.', 'target.projector.'),
    ('backbone.', 'online.trunk.'),
    ('neck.layers.', 'online.projector.'),
    ('predictor.layers.', 'predictor.'),
    ('head.', ''),
    ('memory.', ''),
    ('targets.', ''),
)


@MODELS.register_module()
class ParityTrunk(Trunk, BaseModule):
    """The problem's backbone; no part of mmcl is replaced by it, since methods take any backbone."""

    def __init__(self) -> None:
        super().__init__()
        self.init_cfg, self._is_init = None, False


class Draws:
    """What a step draws at random, from the problem; it takes the place of NumPy's generator in mmcl's mixing."""

    def __init__(self, step: int) -> None:
        self.order, self.shares = problem.mixing(step)

    def permutation(self, num: int) -> np.ndarray:
        return self.order

    def beta(self, a: float, b: float, num: int) -> np.ndarray:
        return self.shares


@MODELS.register_module()
class ScriptedViews(BaseDataPreprocessor):
    """Gives the views of the problem, one step after the other, in place of augmented and normalised images, and mixes them if asked to."""

    def __init__(self, sizes: tuple = (6, 6), mixing: Optional[dict] = None) -> None:
        super().__init__()
        self.sizes, self.step = tuple(sizes), 0
        self.mixing = None if mixing is None else TASK_UTILS.build(mixing)

    def forward(self, data: dict, training: bool = False) -> dict:
        views = [torch.from_numpy(view) for view in problem.views(self.step, self.sizes)]
        samples = [DataSample(metainfo=dict(sample_idx=int(i))) for i in data['sample_idx']]
        for sample, label in zip(samples, problem.labels(self.step)):
            sample.set_gt_label(int(label))
        if self.mixing is not None:
            random = SimpleNamespace(default_rng=lambda key: Draws(self.step))
            with patch.object(mixing, 'np', SimpleNamespace(**{**vars(np), 'random': random})):
                views = self.mixing(views, samples)
        self.step += 1
        return dict(inputs=views, data_samples=samples)


@DATASETS.register_module()
class ParityRows(Dataset):
    """So many images, of which only the index is looked at."""

    def __init__(self, num: int) -> None:
        self.num = num

    def __len__(self) -> int:
        return self.num

    def __getitem__(self, index: int) -> dict:
        return dict(sample_idx=int(index))


def named(learner: nn.Module) -> Dict[str, Tensor]:
    """A learner's tensors by their common names; norms' fixed scales and shifts, which references do not have, are checked and left out."""
    learned = {name for name, p in learner.named_parameters() if p.requires_grad or 'target' in name}
    fixed = {name for name, p in learner.named_parameters() if not p.requires_grad and 'target' not in name}
    fixed |= {
        name.replace(online, 'encoder.target.' + online, 1)
        for name in fixed
        for online in ('backbone.', 'neck.')
    }
    out = {}
    for name, tensor in learner.state_dict().items():
        if name.startswith('clusters.') or name in (
            'head.gates',
            'head.sums',
            'head.epoch',
        ):  # given, or not in a reference
            continue
        if 'neck.linear.' in name:  # MiCE's experts and its gate, side by side
            side = 'target' if 'target' in name else 'online'
            for k, expert in enumerate(tensor.unflatten(0, (problem.DIM, -1)).unbind(1)):
                out[f'{side}.experts.{k}.{name.split(".")[-1]}'] = expert
        elif name in fixed:
            assert torch.equal(tensor, torch.full_like(tensor, float(name.endswith('weight')))), name
        elif name != 'encoder.copied':
            assert name in learned or not isinstance(tensor, nn.Parameter)
            old, new = next(pair for pair in _PREFIXES if name.startswith(pair[0]))
            out[new + name[len(old) :]] = tensor
    return out


@HOOKS.register_module()
class GivenClusters(Hook):
    """Gives the problem's clusters in place of k-means."""

    def __init__(self, sizes: list, warmup: int, tree: bool = False) -> None:
        self.sizes, self.warmup, self.tree = list(sizes), warmup, tree

    def before_train_epoch(self, runner) -> None:
        if runner.epoch >= self.warmup:
            levels = problem.clusters(runner.epoch, self.sizes, self.tree)
            results = [
                ClusterResult(**{name: torch.from_numpy(part) for name, part in level.items()})
                for level in levels
            ]
            get_ori_model(runner.model).clusters.update(results, runner.epoch)


def scripted_drop(keep: Tensor, index: Tensor, name: str) -> Tensor:
    """HCSC's draws from the problem: one number decides for all candidates of an image."""
    step = MessageHub.get_current_instance().get_info('iter')
    return torch.from_numpy(problem.selection(step, name))[:, None] >= keep


class Recorder(Hook):
    """Puts the problem's weights in, and notes losses and states."""

    priority = 'VERY_LOW'  # after the target has moved

    def __init__(self, case) -> None:
        self.case, self.losses, self.states = case, [], {}

    def before_train(self, runner) -> None:
        fill(named(get_ori_model(runner.model).double()))

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        self.losses.append(float(outputs['loss']) + self.case.loss_offset)
        if runner.iter + 1 in problem.RECORDED:
            state = self.case.as_recorded(named(get_ori_model(runner.model)))
            self.states[str(runner.iter + 1)] = digests(state)


def first_of_class(self, candidates: Tensor, mine: Tensor, hidden: Tensor, step) -> Tensor:
    """The first k keys of each anchor's class in the order of the queue, in the place of a draw of ClassPositives."""
    drawn = torch.full((len(mine), self.num), -1)
    for n, label in enumerate(mine):
        found = (candidates == label).nonzero()[: self.num, 0]
        drawn[n, : len(found)] = found
    return drawn


@patch.object(ClassPositives, '_draw', first_of_class)
def replay(case, work_dir) -> dict:
    """Train a case for all steps and return its record."""
    epochs = problem.SETTINGS[case.name]['epochs']
    hooks = dict(
        runtime_info=dict(type='DeferredInfoHook'),
        nan=dict(type='StopOnNaNHook'),
        timer=dict(type='IterTimerHook'),
        logger=dict(type='LoggerHook', interval=1000),
        param_scheduler=dict(type='ParamSchedulerHook'),
        checkpoint=None,
        sampler_seed=None,
    )
    cfg = Config(
        dict(
            default_scope='mmcl',
            experiment_name=f'parity{next(_RUNS)}',
            work_dir=str(work_dir),
            model=dict(
                backbone=dict(type='ParityTrunk'),
                data_preprocessor=dict(type='ScriptedViews', sizes=case.sizes, mixing=case.mixing),
                **case.model,
            ),
            train_dataloader=dict(
                dataset=dict(type='ParityRows', num=problem.STEPS // epochs * problem.BATCH),
                batch_size=problem.BATCH,
                num_workers=0,
                sampler=dict(type='ResumableSampler', shuffle=False),
                collate_fn=dict(type='default_collate'),
            ),
            train_cfg=dict(type='ResumableEpochLoop', max_epochs=epochs),
            optim_wrapper=dict(type='OptimWrapper', **case.optim_wrapper),
            param_scheduler=case.schedule,
            custom_hooks=case.hooks,
            default_hooks=hooks,
            log_processor=dict(type='ThroughputLogProcessor'),
            randomness=dict(seed=0),
            log_level='ERROR',
        )
    )
    runner = ContrastiveRunner.from_cfg(cfg)
    recorder = Recorder(case)
    runner.register_hook(recorder)
    with patch.object(hcsc, 'drop', scripted_drop):
        runner.train()
    return dict(losses=recorder.losses, states=recorder.states)
