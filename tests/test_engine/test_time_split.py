"""The split of an iteration's time, by a clock that only moves when it is told to."""

import json

import pytest
import torch
from mmengine.hooks import Hook
from mmengine.optim import OptimWrapper
from mmengine.runner import Runner

from mmcl.engine.runner import ContrastiveRunner
from mmcl.engine.time_split import PARTS, StepClock, percentages
from mmcl.models.preprocessor import ViewPreprocessor
from tests.test_engine.tiny import ForgetfulLearner, build
from tests.test_evaluation.tiny import BlobImages

# seconds that each part of an iteration takes; binary fractions, so that sums are exact
COSTS = dict(data=1, transfer=2, views=4, forward=8, backward=16, optimizer=32, hooks=64)
BEFORE, AFTER = 24, 40  # of the hooks'


class FakeTime:
    """Stands still but for :meth:`spend`."""

    def __init__(self, monkeypatch) -> None:
        self.time = 0.0
        monkeypatch.setattr(StepClock, 'now', lambda clock: self.time)

    def spend(self, seconds: float, owner, name: str, monkeypatch) -> None:
        """Let every call of ``owner.name`` take so long."""
        original = getattr(owner, name)

        def slow(*args, **kwargs):
            self.time += seconds
            return original(*args, **kwargs)

        monkeypatch.setattr(owner, name, slow)


@pytest.fixture
def slow_parts(monkeypatch):
    """Every part of an iteration takes what ``COSTS`` says; the hooks are :class:`Slow`."""
    clock = FakeTime(monkeypatch)
    clock.spend(COSTS['data'] / 4, BlobImages, 'prepare_data', monkeypatch)  # once an image
    clock.spend(COSTS['transfer'], ViewPreprocessor, 'cast_data', monkeypatch)
    clock.spend(COSTS['views'] / 2, ViewPreprocessor, '_normalise', monkeypatch)  # once a view
    clock.spend(COSTS['forward'], ForgetfulLearner, 'parse_losses', monkeypatch)
    clock.spend(COSTS['backward'], OptimWrapper, 'backward', monkeypatch)
    clock.spend(COSTS['optimizer'], OptimWrapper, 'step', monkeypatch)
    return clock


class Slow(Hook):
    """Hooks that take their time, between the loader's."""

    priority = 'LOWEST'

    def __init__(self, clock: FakeTime) -> None:
        self.clock = clock

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        self.clock.time += BEFORE

    def after_train_iter(self, runner, batch_idx, data_batch=None, outputs=None) -> None:
        self.clock.time += AFTER

    def after_train_epoch(self, runner) -> None:
        self.clock.time += 1000
        # the parts are used outside of training too
        runner.model.data_preprocessor(next(iter(runner.train_dataloader)), True)


def train(folder, clock: FakeTime, **kwargs) -> list:
    """Train two epochs; the lines of the log file that have a split."""
    runner = build(folder, **kwargs)
    runner.register_hook(Slow(clock))
    runner.train()
    lines = next(folder.glob('*/vis_data/scalars.json')).read_text().splitlines()
    return [line for line in map(json.loads, lines) if 'seconds/data' in line]


def test_each_part_is_charged_with_its_own_time_and_the_parts_are_the_whole(tmp_path, slow_parts):
    lines = train(tmp_path, slow_parts)
    assert len(lines) == 4  # after iterations 5 and 10 of both epochs
    for number, line in enumerate(lines, 1):
        split = {part: line[f'seconds/{part}'] for part in PARTS}
        # the first iteration of each epoch has no hooks of an iteration before it
        iterations, epochs = 5 * number, (number + 1) // 2
        if iterations > 10:  # the window of 10
            iterations, epochs = 10, 1
        hooks = (COSTS['hooks'] * iterations - AFTER * epochs) / iterations
        assert split == dict(COSTS, hooks=pytest.approx(hooks)), number


def test_an_iteration_without_an_optimizer_step_has_none(tmp_path, slow_parts):
    lines = train(tmp_path, slow_parts, accumulation=2)
    assert lines[1]['seconds/optimizer'] == COSTS['optimizer'] / 2
    assert lines[1]['seconds/backward'] == COSTS['backward']


def test_the_log_line_says_it_in_percent(tmp_path):
    runner = build(tmp_path)
    runner.train()
    lines = [line for line in next(tmp_path.glob('*/*.log')).read_text().splitlines() if 'split: ' in line]
    assert len(lines) == 4
    for line in lines:
        words = line.split('split: ')[1].replace('%', '').split()
        assert words[::2] == list(PARTS) and sum(map(int, words[1::2])) == 100


def test_percentages_add_up():
    assert percentages(dict(a=1.0, b=1.0, c=1.0)) == dict(a=34, b=33, c=33)
    assert percentages(dict(a=0.0, b=2.0)) == dict(a=0, b=100)
    assert sum(percentages({str(i): i**0.5 for i in range(7)}).values()) == 100


def test_the_model_and_the_optimizer_are_left_as_they_were(tmp_path):
    runner = build(tmp_path)
    runner.train()
    assert not {'cast_data', 'forward'} & set(vars(runner.model.data_preprocessor))
    assert 'backward' not in vars(runner.optim_wrapper)


def test_timing_changes_no_value(tmp_path, monkeypatch):
    timed = build(tmp_path / 'timed')
    timed.train()
    monkeypatch.setattr(ContrastiveRunner, 'call_hook', Runner.call_hook)
    plain = build(tmp_path / 'plain')
    plain.train()
    assert all(
        torch.equal(a, b)
        for a, b in zip(timed.model.state_dict().values(), plain.model.state_dict().values())
    )
