"""Optimizers made fast."""

import copy

import pytest
import torch

from mmcl.engine.optimizers import adapted_optimizer, keep_layouts_equal, merge_groups
from mmcl.registry import OPTIMIZERS
from tests.test_engine.tiny import build


@OPTIMIZERS.register_module()
class Unkernelled(torch.optim.SGD):
    """What torch's optimizers do on a device without fused kernels."""

    def __init__(self, params, lr, fused=None) -> None:
        if fused:
            raise RuntimeError('fused=True requires ...')
        super().__init__(params, lr)


def test_an_optimizer_is_fused_where_it_has_kernels_and_nothing_else_is_asked_for():
    sgd = dict(type='SGD', lr=0.1)
    assert adapted_optimizer(sgd, 'cpu', 1) == dict(sgd, fused=True) and 'fused' not in sgd
    assert adapted_optimizer(dict(sgd, fused=False), 'cpu', 1) == dict(sgd, fused=False)
    assert adapted_optimizer(dict(sgd, foreach=True), 'cpu', 1) == dict(sgd, foreach=True)
    for other in (dict(type='LARS', lr=0.1), dict(type='Rprop', lr=0.1), dict(type='Unkernelled', lr=0.1)):
        assert adapted_optimizer(other, 'cpu', 1) == other


def test_alone_zero_gives_way_to_the_optimizer_that_it_wraps():
    zero = dict(type='ZeroRedundancyOptimizer', optimizer_type='LARS', lr=0.1)
    assert adapted_optimizer(zero, 'cpu', 1) == dict(type='LARS', lr=0.1)
    assert adapted_optimizer(zero, 'cpu', 2) == zero
    zero['optimizer_type'] = 'SGD'
    assert adapted_optimizer(zero, 'cpu', 2) == dict(zero, fused=True)


def test_groups_of_equal_settings_become_one():
    params = [torch.nn.Parameter(torch.full((2,), float(i))) for i in range(5)]
    marks = [{}, dict(lr=0.5), {}, dict(lr=0.5, fixed_lr=True), dict(lr=0.5)]
    optimizer = torch.optim.SGD([dict(params=[p], **m) for p, m in zip(params, marks)], lr=0.1)
    merge_groups(optimizer)
    found = [[p[0].item() for p in group['params']] for group in optimizer.param_groups]
    assert found == [[0, 2], [1, 4], [3]]
    assert [group['lr'] for group in optimizer.param_groups] == [0.1, 0.5, 0.5]


def test_the_runner_trains_fused_and_gets_what_a_loop_gets(tmp_path):
    weights = []
    for name, changes in (('fused', {}), ('loop', {'optim_wrapper.optimizer.fused': False})):
        runner = build(tmp_path / name, changes)
        runner.train()
        assert runner.optim_wrapper.optimizer.param_groups[0]['fused'] == (name == 'fused')
        weights.append(runner.model.state_dict())
    assert weights[0]['backbone.0.weight'].is_contiguous(memory_format=torch.channels_last)
    for (name, one), other in zip(weights[0].items(), weights[1].values()):
        assert torch.allclose(one, other, rtol=1e-5, atol=1e-6), name


@pytest.mark.parametrize('kind, settings', [('SGD', dict(momentum=0.9)), ('AdamW', {})])
def test_layouts_that_differ_change_nothing(kind, settings):
    plain = torch.nn.Parameter(torch.randn(4, 3, 3, 3))
    fused = torch.nn.Parameter(plain.detach().clone().to(memory_format=torch.channels_last))
    kind = getattr(torch.optim, kind)
    expected, optimizer = kind([plain], lr=0.1, **settings), kind([fused], lr=0.1, fused=True, **settings)
    keep_layouts_equal(optimizer)
    for step in range(4):
        plain.grad = torch.randn(4, 3, 3, 3)
        fused.grad = plain.grad.clone()  # in the layout of nobody's parameter
        expected.step()
        optimizer.step()
        if step == 1:  # nor is a loaded state
            state = copy.deepcopy(optimizer.state_dict())
            for name, value in state['state'][0].items():
                state['state'][0][name] = value.contiguous()
            optimizer.load_state_dict(state)
    assert torch.allclose(plain, fused, atol=1e-6)
