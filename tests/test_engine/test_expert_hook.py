"""The hook that replaces the experts' prototypes."""

from types import SimpleNamespace

import pytest
import torch

from mmcl.engine.hooks import ExpertHook
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, total


def make_runner(epoch=0):
    learner = build('mice')
    optimizer = torch.optim.SGD(learner.parameters(), lr=0.1, momentum=0.9)
    total(learner.loss(*batch(num=4, views=3))).backward()
    optimizer.step()
    return SimpleNamespace(model=learner, epoch=epoch, optim_wrapper=SimpleNamespace(optimizer=optimizer))


def started(runner):
    hook = ExpertHook()
    hook.before_train(runner)
    return hook


def test_an_epoch_ends_with_new_prototypes_and_no_momentum_of_the_old_ones():
    runner = make_runner()
    head, state = runner.model.head, runner.optim_wrapper.optimizer.state
    expected, other = torch.nn.functional.normalize(head.sums, dim=1), runner.model.neck.linear.weight
    assert state[head.prototypes]['momentum_buffer'].any()
    hook = started(runner)
    hook.before_train_epoch(runner)
    assert head.sums.any()  # not before the epoch ends
    hook.after_train_epoch(runner)
    filled = expected.abs().sum(dim=1) > 0
    assert torch.allclose(head.prototypes[filled], expected[filled]) and not head.sums.any()
    assert not state[head.prototypes]['momentum_buffer'].any() and state[other]['momentum_buffer'].any()
    assert int(head.epoch) == 1


def test_momentum_goes_on_where_asked():
    runner = make_runner()
    hook = ExpertHook(keep_momentum=True)
    hook.before_train(runner)
    hook.after_train_epoch(runner)
    assert runner.optim_wrapper.optimizer.state[runner.model.head.prototypes]['momentum_buffer'].any()


def test_a_resumed_epoch_keeps_its_sums_and_an_epoch_left_without_its_end_is_ended_first():
    runner = make_runner(epoch=1)
    runner.model.head.epoch.fill_(1)  # resumed in the middle of epoch 1
    hook = started(runner)
    hook.before_train_epoch(runner)
    assert runner.model.head.sums.any()
    runner.model.head.epoch.fill_(0)  # saved after the last step of epoch 0, before its end
    hook.before_train_epoch(runner)
    assert not runner.model.head.sums.any() and int(runner.model.head.epoch) == 1


def test_a_model_without_experts_is_refused():
    with pytest.raises(InputError, match='ExpertHook and a ContrastiveHead'):
        ExpertHook().before_train(SimpleNamespace(model=build('moco')))
