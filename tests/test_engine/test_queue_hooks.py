"""A queue that starts full, and an optimizer that starts anew."""

import logging
from types import SimpleNamespace

import pytest
import torch
from mmengine.config import Config
from mmengine.optim import OptimWrapper

from mmcl.engine.hooks import FillQueueHook, ResetOptimizerHook
from mmcl.engine.runner import ContrastiveRunner
from mmcl.utils.cli import load_config
from mmcl.utils.errors import InputError
from tests import shrink
from tests.test_engine.test_resume_of_methods import ROOT


def runner(tmp_path, config='kcl/r18w16_3e_fmnist.py', **changes):
    cfg = load_config(str(ROOT / 'configs' / config))
    shrink.shrink(cfg, shrink.fashion_mnist(tmp_path / 'data', 24), str(tmp_path / 'work'))
    cfg.merge_from_dict(changes)
    made = ContrastiveRunner.from_cfg(Config(cfg.to_dict()))
    made._train_loop = made.build_train_loop(made._train_loop)
    made.optim_wrapper = made.build_optim_wrapper(made.optim_wrapper)
    made._init_model_weights()
    return made


def test_every_key_comes_from_an_image_and_has_its_class(tmp_path):
    made = runner(tmp_path)
    learner, state = made.model, torch.get_rng_state()
    weights = [p.clone() for p in learner.parameters()]
    before = learner.memory.read()
    FillQueueHook().before_train(made)
    assert not (learner.memory.read() == before).all(dim=1).any()
    assert (learner.memory.labels >= 0).all() and len(learner.memory.labels.unique()) == 10
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(p, q) for p, q in zip(weights, learner.parameters()) if p.requires_grad)
    assert all(
        map(
            torch.equal,
            learner.encoder.target.parameters(),
            [*learner.backbone.parameters(), *learner.neck.parameters()],
        )
    )


def test_a_run_that_goes_on_keeps_its_queue(tmp_path):
    made = runner(tmp_path)
    made._train_loop._iter = 1
    before = made.model.memory.read()
    FillQueueHook().before_train(made)
    assert torch.equal(made.model.memory.read(), before)


def test_a_model_without_a_queue_gets_a_warning(caplog):
    logger = logging.getLogger('fill')
    FillQueueHook().before_train(SimpleNamespace(model=torch.nn.Linear(1, 1), logger=logger))
    assert 'has no queue' in caplog.text


def test_momentum_is_forgotten_at_the_start_of_its_epoch_only():
    layer = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1, momentum=0.9)
    wrapper = OptimWrapper(optimizer)
    wrapper.update_params(layer(torch.ones(1, 2)).sum())
    made = SimpleNamespace(
        epoch=1, iter=6, train_dataloader=range(5), optim_wrapper=wrapper, logger=logging.getLogger('reset')
    )
    hook = ResetOptimizerHook([1])
    hook.before_train_epoch(made)  # resumed after 6 of 5 to 9
    assert len(optimizer.state) == 2
    made.iter = 5
    hook.before_train_epoch(made)
    assert len(optimizer.state) == 0
    with pytest.raises(InputError, match='epochs='):
        ResetOptimizerHook([0])
