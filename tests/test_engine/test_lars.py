"""LARS."""

import pytest
import torch

from mmcl.engine.optimizers import LARS
from mmcl.utils.errors import InputError


def slow_lars(w, g, v, lr, momentum, decay, eta):
    if w.dim() <= 1:
        update = g
    else:
        update = g + decay * w
        wn, un = w.norm(), update.norm()
        update = update * (eta * wn / un if wn > 0 and un > 0 else 1)
    v = momentum * v + update
    return w - lr * v, v


def test_lars_matches_the_formula_for_ten_steps():
    torch.manual_seed(0)
    shapes = [(4, 3), (4,), (2, 3, 3, 3), (1,), (3, 3)]
    params = [torch.nn.Parameter(torch.randn(s, dtype=torch.float64)) for s in shapes]
    params[-1].data.zero_()  # a tensor of norm 0 is not adapted
    slow = [(p.detach().clone(), torch.zeros_like(p)) for p in params]
    optimizer = LARS(params, lr=0.7, momentum=0.9, weight_decay=0.1, eta=0.02)
    for step in range(10):
        for group in optimizer.param_groups:
            group['lr'] = 0.7 / (1 + step)
        for i, p in enumerate(params):
            p.grad = torch.randn_like(p)
            slow[i] = slow_lars(*[slow[i][0], p.grad, slow[i][1]], 0.7 / (1 + step), 0.9, 0.1, 0.02)
        optimizer.step()
        for p, (w, _) in zip(params, slow):
            assert torch.allclose(p, w, atol=1e-12)


def test_lr_in_buffer_scales_a_step_by_the_rate_of_its_own_time():
    torch.manual_seed(0)
    start = torch.randn(4, 3, dtype=torch.float64)
    for inside in (False, True):
        w, p = start.clone(), torch.nn.Parameter(start.clone())
        optimizer = LARS([p], lr=1.0, weight_decay=0.1, eta=0.02, lr_in_buffer=inside)
        v = torch.zeros_like(w)
        for step in range(5):
            lr = optimizer.param_groups[0]['lr'] = 1 / (1 + step)
            p.grad = torch.randn_like(p)
            update = p.grad + 0.1 * w
            update *= 0.02 * w.norm() / update.norm()
            v = 0.9 * v + (lr * update if inside else update)
            w = w - (v if inside else lr * v)
            optimizer.step()
            assert torch.allclose(p, w, rtol=0, atol=1e-12)


def test_biases_and_norms_take_plain_momentum_without_decay():
    bias, twin = torch.nn.Parameter(torch.ones(5)), torch.nn.Parameter(torch.ones(5))
    lars, sgd = LARS([bias], lr=0.1, weight_decay=0.5), torch.optim.SGD([twin], lr=0.1, momentum=0.9)
    for _ in range(3):
        bias.grad, twin.grad = torch.full((5,), 0.3), torch.full((5,), 0.3)
        lars.step()
        sgd.step()
    assert torch.allclose(bias, twin)


def test_a_group_marked_adapt_false_takes_plain_momentum_too():
    weight, twin = torch.nn.Parameter(torch.ones(5, 2)), torch.nn.Parameter(torch.ones(5, 2))
    lars = LARS([dict(params=[weight], adapt=False)], lr=0.1, weight_decay=0.5)
    sgd = torch.optim.SGD([twin], lr=0.1, momentum=0.9)
    for _ in range(3):
        weight.grad, twin.grad = torch.full((5, 2), 0.3), torch.full((5, 2), 0.3)
        lars.step()
        sgd.step()
    assert torch.allclose(weight, twin)


def test_a_parameter_without_gradient_stays():
    w = torch.nn.Parameter(torch.ones(2, 2))
    LARS([w], lr=1.0, weight_decay=1.0).step()
    assert torch.equal(w, torch.ones(2, 2))


@pytest.mark.parametrize(
    'name, value', [('lr', -1.0), ('momentum', 1.0), ('weight_decay', -0.1), ('eta', 0.0)]
)
def test_values_outside_their_range_are_refused(name, value):
    with pytest.raises(InputError, match=f'{name}={value}'):
        LARS([torch.nn.Parameter(torch.ones(1))], **{'lr': 0.1, name: value})
