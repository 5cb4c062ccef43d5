"""The target moves with the optimizer, not with the forward pass."""

import pytest
import torch
from mmengine.optim import OptimWrapper

from mmcl.engine.hooks import MomentumHook
from tests.test_models.tiny import batch, build, total


class Hub:
    def update_scalar(self, name, value):
        self.last = (name, value)


class FakeRunner:
    """What the hook reads of a runner."""

    def __init__(self, learner, accumulation, iterations):
        self.model, self.max_iters, self.iter, self.message_hub = learner, iterations, 0, Hub()
        sgd = torch.optim.SGD([p for p in learner.parameters() if p.requires_grad], lr=0.1)
        self.optim_wrapper = OptimWrapper(sgd, accumulative_counts=accumulation)
        self.optim_wrapper.initialize_count_status(learner, 0, iterations)


def run(learner, accumulation, iterations):
    """Train; returns the momentum of each update."""
    runner, hook, used = FakeRunner(learner, accumulation, iterations), MomentumHook(), []
    update = learner.encoder.update
    learner.encoder.update = lambda *args, **kwargs: used.append(update(*args, **kwargs)) or used[-1]
    hook.before_train(runner)
    for i in range(iterations):
        runner.iter = i
        runner.optim_wrapper.update_params(total(learner.loss(*batch(seed=i))))
        hook.after_train_iter(runner, i)
    return used


def test_target_moves_once_per_optimizer_step():
    assert len(run(build('moco'), accumulation=1, iterations=4)) == 4
    assert len(run(build('moco'), accumulation=2, iterations=4)) == 2


@pytest.mark.parametrize('accumulation', [1, 2])
def test_schedule_follows_optimizer_steps_from_its_base(accumulation):
    used = run(build('byol'), accumulation, iterations=4 * accumulation)
    expected = [1 - 0.1 * (1 + torch.cos(torch.tensor(torch.pi * k / 4)).item()) / 2 for k in range(4)]
    assert used == pytest.approx(expected, abs=1e-6)


def test_target_follows_the_weights_after_the_step():
    learner = build('moco')
    learner.encoder._copy_once(learner)
    before = [p.clone() for p in learner.encoder.target.parameters()]
    run(learner, accumulation=1, iterations=1)
    online = [*learner.backbone.parameters(), *learner.neck.parameters()]
    for old, new, source in zip(before, learner.encoder.target.parameters(), online):
        assert torch.allclose(new, 0.9 * old + 0.1 * source, atol=1e-12)
    assert any(not torch.equal(a, b) for a, b in zip(before, online))


def test_a_model_without_target_is_left_alone():
    runner, hook = FakeRunner(build('simclr'), 1, 1), MomentumHook()
    hook.before_train(runner)
    hook.after_train_iter(runner, 0)
    assert not hook.active
