"""Positives and negatives from the memory bank."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub
from mmpretrain.structures import DataSample

from mmcl.models.memories import MemoryBank
from mmcl.models.policies import BankNegatives, BankPositives, BatchNegatives, Step
from mmcl.structures import ContrastSet
from mmcl.utils.errors import InputError

ROWS = 12


def step(index=(3, 0, 7), dim=6, seed=0):
    key = {0: F.normalize(torch.randn(len(index), dim, generator=torch.Generator().manual_seed(seed)), dim=1)}
    return Step(key, key, [DataSample(metainfo=dict(sample_idx=i)) for i in index], bank(dim), pair=(0, 0))


def bank(dim=6):
    return MemoryBank(dim, num_samples=ROWS)


def contrast(s, **settings):
    return BankNegatives(**settings)(BankPositives()(ContrastSet(s.query[0]), s), s)


def rows_of(candidates, memory):
    """Which row of the bank each candidate is."""
    return (candidates @ memory.bank.T).argmax(dim=-1)


def test_the_positive_is_the_own_row():
    s = step()
    own = BankPositives()(ContrastSet(s.query[0]), s).own
    assert own.shape == (3, 1, 6) and torch.equal(own[:, 0], s.memory.bank[[3, 0, 7]])


def test_drawn_negatives_are_rows_uniform_over_the_bank_and_independent_of_the_batch():
    s = step(range(ROWS))
    drawn = rows_of(contrast(s, num=500).own[:, 1:], s.memory)
    counts = drawn.flatten().bincount(minlength=ROWS)
    assert (counts - 500).abs().max() < 5 * 500**0.5  # five standard deviations
    few = step([7, 2])
    assert torch.equal(rows_of(contrast(few, num=500).own[:, 1:], few.memory), drawn[[7, 2]])


def test_the_own_row_is_drawn_like_any_other_unless_excluded():
    s = step(range(ROWS))
    index = torch.arange(ROWS)[:, None]
    assert (rows_of(contrast(s, num=100).own[:, 1:], s.memory) == index).any()
    drawn = rows_of(contrast(s, num=500, exclude_own=True).own[:, 1:], s.memory)
    assert not (drawn == index).any()
    counts = torch.stack([row.bincount(minlength=ROWS) for row in drawn])
    counts[index[:, 0], index[:, 0]] = 500 // 11
    assert (counts - 500 / 11).abs().max() < 6 * (500 / 11) ** 0.5


def test_draws_are_a_function_of_the_iteration_and_shared_by_the_pairs_of_a_step():
    s = step()
    first = contrast(s, num=9).own
    assert contrast(s, num=9).own[:, 1:].equal(first[:, 1:])
    assert contrast(step(), num=9).own.equal(first)
    MessageHub.get_current_instance().update_info('iter', 1)
    assert not contrast(step(), num=9).own.equal(first)


def test_the_whole_bank_is_all_rows_but_the_own():
    s = step()
    c = contrast(s, num=None)
    cosines = c.cosines()
    c.hide(cosines)
    assert cosines.shape == (3, 1 + ROWS)
    seen = cosines[:, 1:] > -torch.inf
    assert [row.logical_not().nonzero()[:, 0].tolist() for row in seen] == [[3], [0], [7]]


def test_rows_drawn_once_are_the_same_for_all_but_never_the_own():
    s = step(range(ROWS))
    c = contrast(s, num=40, per_anchor=False)
    drawn = rows_of(c.shared, s.memory)
    cosines = c.cosines()
    c.hide(cosines)
    seen = cosines[:, 1:] > -torch.inf
    assert torch.equal(seen, drawn[None] != torch.arange(ROWS)[:, None])
    assert len(set(drawn.tolist())) > 8


def test_numbers_out_of_range_and_a_bank_without_rows_are_refused():
    with pytest.raises(InputError, match='num=0'):
        BankNegatives(num=0)
    s = step()
    s.memory = MemoryBank(6)
    with pytest.raises(InputError, match='no rows'):
        BankPositives()(ContrastSet(s.query[0]), s)


@pytest.mark.parametrize('settings', [dict(num=None), dict(num=5, per_anchor=False)])
def test_rows_of_the_bank_stand_beside_what_another_policy_has_brought(settings):
    s = step()
    alone = contrast(s, **settings)
    first = BatchNegatives(views='key')(BankPositives()(ContrastSet(s.query[0]), s), s)
    both = BankNegatives(**settings)(first, s)
    assert torch.equal(both.shared, torch.cat([s.key[0], alone.shared]))
    hidden = [set(row[row >= 0].tolist()) for row in both.hidden]
    expected = [{n} | {3 + column for column in alone.hidden[n].tolist() if column >= 0} for n in range(3)]
    assert hidden == expected
