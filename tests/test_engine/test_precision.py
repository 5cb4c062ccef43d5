import logging

import pytest
import torch
from mmengine.config import Config
from torch import nn

from mmcl.engine import precision
from mmcl.engine.precision import (
    AutocastOptimWrapper,
    adopt_precision,
    decide_precision,
    probe_precision,
    resolve_precision,
)
from mmcl.utils.errors import InputError
from tests.test_engine.tiny import build

LOGGER = logging.getLogger('test_precision')


class Learner(nn.Module):
    """A backbone with batch norm that would wait for other processes."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Conv2d(3, 4, 3), nn.SyncBatchNorm(4), nn.Dropout())


def wrapper(dtype, **kwargs):
    layer = nn.Linear(4, 4)
    return layer, AutocastOptimWrapper(
        dtype=dtype, optimizer=torch.optim.SGD(layer.parameters(), lr=0.1), **kwargs
    )


@pytest.mark.parametrize(
    'dtype, expected', [('fp32', torch.float32), ('bf16', torch.bfloat16), ('fp16', torch.float16)]
)
def test_the_forward_pass_runs_in_the_format_and_weights_stay_fp32(dtype, expected):
    layer, optim = wrapper(dtype)
    before = layer.weight.detach().clone()
    with optim.optim_context(layer):
        output = layer(torch.rand(2, 4))
    assert output.dtype == expected
    optim.update_params(output.float().sum())
    assert layer.weight.dtype == torch.float32 and not torch.equal(layer.weight, before)


def test_fp32_equals_the_plain_wrapper(tmp_path):
    runners = []
    for name, changes in (('plain', {}), ('wrapped', {'optim_wrapper.dtype': 'fp32'})):
        runners.append(build(tmp_path / name, changes))
        runners[-1].train()
    plain, wrapped = runners
    assert isinstance(wrapped.optim_wrapper, AutocastOptimWrapper)
    assert all(
        torch.equal(a, b)
        for a, b in zip(plain.model.state_dict().values(), wrapped.model.state_dict().values())
    )


def test_accumulated_gradients_in_bf16_make_one_step():
    layer, optim = wrapper('bf16', accumulative_counts=2)
    before = layer.weight.detach().clone()
    for number in range(2):
        with optim.optim_context(layer):
            loss = layer(torch.ones(2, 4)).float().mean()
        optim.update_params(loss)
        assert torch.equal(layer.weight, before) == (number == 0)


def test_the_wrapper_takes_back_its_own_state_and_a_plain_one():
    layer, optim = wrapper('bf16')
    state = optim.state_dict()
    assert 'loss_scaler' in state
    optim.load_state_dict(state)
    state.pop('loss_scaler')
    optim.load_state_dict(state)


def test_a_run_in_bf16_resumes_in_bf16_without_a_new_probe(tmp_path, monkeypatch):
    monkeypatch.setattr(precision, 'probe_precision', lambda *args: dict(fp32=1.0, bf16=0.1))
    first = build(tmp_path, {'precision': 'auto'})
    first.train()
    assert first.optim_wrapper.dtype == 'bf16' and first.cfg.optim_wrapper.dtype == 'bf16'
    monkeypatch.setattr(precision, 'probe_precision', lambda *args: 1 / 0)
    again = build(tmp_path, {'precision': 'auto', 'resume': True, 'load_from': str(tmp_path / 'epoch_1.pth')})
    again.train()
    assert again.optim_wrapper.dtype == 'bf16'
    assert all(
        torch.equal(a, b)
        for a, b in zip(first.model.state_dict().values(), again.model.state_dict().values())
    )


@pytest.mark.parametrize('bf16, expected', [(0.5, 'bf16'), (0.95, 'fp32'), (2.0, 'fp32')])
def test_auto_takes_bf16_only_where_the_probe_finds_it_faster_and_says_so(
    bf16, expected, monkeypatch, caplog
):
    monkeypatch.setattr(precision, 'probe_precision', lambda *args: dict(fp32=1.0, bf16=bf16))
    with caplog.at_level('INFO', 'test_precision'):
        assert decide_precision(Learner(), Config(dict(precision='auto')), None, LOGGER) == expected
    assert f'Precision: {expected}' in caplog.text and '--precision' in caplog.text


def test_the_probe_sees_views_of_the_training_size(monkeypatch):
    shapes = []
    monkeypatch.setattr(
        precision,
        'probe_precision',
        lambda model, shape, device: shapes.append(shape) or dict(fp32=1.0, bf16=1.0),
    )
    view = dict(type='RandomView', size=96)
    pipeline = [dict(type='LoadImage'), dict(type='MultiView', views=[view, view])]
    for cfg in (
        dict(train_dataloader=dict(dataset=dict(pipeline=pipeline))),
        dict(model=dict(data_preprocessor=dict(views=[view]))),
        dict(train_dataloader=dict(batch_size=1)),
    ):
        decide_precision(Learner(), Config(dict(cfg, precision='auto')), None, LOGGER)
    assert shapes == [(10, 3, 96, 96), (10, 3, 96, 96), (2, 3, 224, 224)]


def test_the_probe_leaves_model_and_random_state_alone():
    model = Learner()
    weights = {key: value.clone() for key, value in model.state_dict().items()}
    state = torch.get_rng_state()
    times = probe_precision(model, (2, 3, 8, 8), 'cpu')
    assert times['fp32'] > 0 and times['bf16'] > 0
    assert torch.equal(torch.get_rng_state(), state)
    assert all(torch.equal(value, weights[key]) for key, value in model.state_dict().items())
    assert isinstance(model.backbone[1], nn.SyncBatchNorm)


def test_amp_on_a_cpu_is_bf16_and_without_a_flag_it_is_fp32():
    assert decide_precision(Learner(), Config(dict(precision='amp')), None, LOGGER) == 'bf16'
    assert decide_precision(Learner(), Config(dict()), None, LOGGER) == 'fp32'
    assert decide_precision(Learner(), Config(dict(optim_wrapper=dict(dtype='bf16'))), None, LOGGER) == 'bf16'


@pytest.mark.parametrize('capability, told', [('AVX2', True), ('AVX512', False)])
def test_bf16_on_a_cpu_that_emulates_it_is_warned_of(capability, told, monkeypatch, caplog):
    monkeypatch.setattr(torch.backends.cpu, 'get_cpu_capability', lambda: capability)
    monkeypatch.setattr(precision.platform, 'machine', lambda: 'x86_64')
    with caplog.at_level(logging.WARNING):
        assert decide_precision(Learner(), Config(dict(precision='bf16')), None, LOGGER) == 'bf16'
    assert ('emulates it' in caplog.text) is told


def test_unknown_formats_are_sentences():
    with pytest.raises(InputError, match="precision='int8'.*auto, amp, fp32"):
        resolve_precision(Config(dict()), 'int8')
    with pytest.raises(InputError, match="dtype='float16'"):
        wrapper('float16')


def test_other_wrappers_are_left_alone():
    other = dict(type='AmpOptimWrapper', dtype='float16')
    assert adopt_precision(other, 'bf16') is other and adopt_precision(None, 'bf16') is None
    assert adopt_precision(dict(optimizer=1), 'fp32') == dict(optimizer=1)
