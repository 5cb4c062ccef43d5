"""The learning-rate schedule."""

import math

import numpy as np
import pytest
import torch

from mmcl.engine.schedulers import WarmupCosineLR
from mmcl.utils.errors import InputError


def rates(scheduler_of, steps):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=2.0)
    scheduler, values = scheduler_of(optimizer), []
    for _ in range(steps):
        values.append(optimizer.param_groups[0]['lr'])
        optimizer.step()
        scheduler.step()
    return values, optimizer.param_groups[0]['lr']


def test_schedule_matches_the_closed_form_at_every_step():
    values, _ = rates(lambda o: WarmupCosineLR(o, warmup=5, end=20, end_lr=0.1, by_epoch=False), 20)
    for s, value in enumerate(values):
        expected = 2.0 * s / 5 if s < 5 else 0.1 + 1.9 * (1 + math.cos(math.pi * (s - 5) / 15)) / 2
        assert value == pytest.approx(expected, abs=1e-12)


def test_epoch_lengths_are_converted_to_iterations():
    values, _ = rates(lambda o: WarmupCosineLR.build_iter_from_epoch(o, warmup=2, end=5, epoch_length=4), 20)
    direct, _ = rates(lambda o: WarmupCosineLR(o, warmup=8, end=20, by_epoch=False), 20)
    assert values == direct


def test_cosine_per_epoch_is_mocos():
    values, _ = rates(lambda o: WarmupCosineLR(o, end=200), 200)
    assert values[-1] == pytest.approx(2.0 * 0.5 * (1 + math.cos(math.pi * 199 / 200)), abs=1e-12)
    assert values[0] == 2.0


def test_resumed_schedule_goes_on_exactly():
    full, _ = rates(lambda o: WarmupCosineLR(o, warmup=3, end=12, by_epoch=False), 12)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=2.0)
    scheduler = WarmupCosineLR(optimizer, warmup=3, end=12, by_epoch=False)
    for _ in range(6):
        optimizer.step()
        scheduler.step()
    later = torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=2.0)
    resumed = WarmupCosineLR(later, warmup=3, end=12, by_epoch=False)
    later.load_state_dict(optimizer.state_dict())
    resumed.load_state_dict(scheduler.state_dict())
    values = []
    for _ in range(6):
        values.append(later.param_groups[0]['lr'])
        later.step()
        resumed.step()
    assert values == full[6:]


def test_warmup_starts_where_it_is_told_to():
    values, _ = rates(lambda o: WarmupCosineLR(o, warmup=4, start_lr=0.4, end=20, by_epoch=False), 5)
    assert values == pytest.approx([0.4, 0.8, 1.2, 1.6, 2.0])


def test_a_warmup_with_endpoint_is_numpys_linspace():
    values, _ = rates(
        lambda o: WarmupCosineLR(o, warmup=5, start_lr=0.4, endpoint=True, end=20, by_epoch=False), 6
    )
    assert values == pytest.approx([*np.linspace(0.4, 2.0, 5), 2.0])
    values, _ = rates(lambda o: WarmupCosineLR(o, warmup=1, endpoint=True, end=20, by_epoch=False), 2)
    assert values == [0, 2.0]


def test_a_group_marked_fixed_keeps_its_rate_while_others_follow_the_cosine():
    groups = [dict(params=[torch.nn.Parameter(torch.ones(1))], **mark) for mark in ({}, dict(fixed_lr=True))]
    optimizer = torch.optim.SGD(groups, lr=2.0)
    scheduler = WarmupCosineLR(optimizer, warmup=2, end=6, by_epoch=False)
    for step in range(6):
        moving, fixed = (group['lr'] for group in optimizer.param_groups)
        expected = step if step < 2 else 1 + math.cos(math.pi * (step - 2) / 4)
        assert (moving, fixed) == (pytest.approx(expected, abs=1e-12), 2.0)
        optimizer.step()
        scheduler.step()


def test_a_warmup_longer_than_the_run_is_refused():
    with pytest.raises(InputError, match='warmup=10 in a run of 3 epochs'):
        WarmupCosineLR(torch.optim.SGD([torch.nn.Parameter(torch.ones(1))], lr=1.0), warmup=10, end=3)
