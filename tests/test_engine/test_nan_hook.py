import math

import pytest
import torch
from mmengine.hooks import Hook

from mmcl.engine.checkpoint import read_checkpoint
from mmcl.engine.hooks import StopOnNaNHook
from mmcl.engine.rng import restore_rng
from mmcl.utils.errors import InputError
from tests.test_engine.tiny import build


class Spoil(Hook):
    """Make the input of one iteration NaN, in the model's own weights."""

    priority = 'HIGHEST'

    def __init__(self, iteration: int) -> None:
        self.iteration = iteration

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        if runner.iter == self.iteration:
            runner.model.memory.queue[0] = math.nan


def test_nan_stops_before_the_step_with_the_batch_saved(tmp_path):
    runner = build(tmp_path, {'default_hooks.checkpoint': dict(save_every=1, max_keep=-1)})
    runner.register_hook(Spoil(12))
    batches = []

    class Keep(Hook):
        def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
            batches.append((data_batch, [p.detach().clone() for p in runner.model.parameters()]))

    runner.register_hook(Keep())
    with pytest.raises(InputError, match=r'loss is nan at iteration 13 \(epoch 2\).*nan_batch.pth.*lr'):
        runner.train()
    record = read_checkpoint(str(tmp_path / 'nan_batch.pth'))
    data, parameters = batches[-1]
    assert torch.equal(record['inputs'], data['inputs'])
    assert record['sample_idx'].tolist() == [sample.sample_idx for sample in data['data_samples']]
    assert (record['epoch'], record['iter']) == (1, 12) and math.isnan(record['losses']['loss'])
    restore_rng(record['rng'])
    assert all(torch.equal(a, b) for a, b in zip(parameters, runner.model.parameters()))
    assert (tmp_path / 'iter_12.pth').exists() and not (tmp_path / 'iter_13.pth').exists()


def test_where_the_loss_cannot_be_seen_early_the_run_still_stops_before_anything_is_saved(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(StopOnNaNHook, 'sees_early', lambda self, model: False)
    runner = build(tmp_path, {'default_hooks.checkpoint': dict(save_every=1, max_keep=-1)})
    runner.register_hook(Spoil(12))
    with pytest.raises(InputError, match='loss is nan at iteration 13'):
        runner.train()
    assert (tmp_path / 'nan_batch.pth').exists() and not (tmp_path / 'iter_13.pth').exists()


def test_a_list_of_losses_is_looked_at_too():
    assert not StopOnNaNHook.finite(dict(loss_a=[torch.ones(2), torch.tensor([1.0, math.inf])]))
    assert StopOnNaNHook.finite(dict(loss_a=[torch.ones(2)], pos_sim=torch.tensor(math.nan)))
