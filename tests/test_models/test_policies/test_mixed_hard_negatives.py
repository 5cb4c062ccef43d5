"""MoCHi's synthetic negatives."""

import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub

from mmcl.models.policies import MixedHardNegatives, Step
from mmcl.structures import ContrastSet
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, total

MOCHI = dict(type='MixedHardNegatives', num_hardest=6, num_mixes=5, num_query_mixes=3)


def unit(*shape):
    return F.normalize(torch.randn(*shape, dtype=torch.float64), dim=-1)


def contrast():
    anchors = unit(4, 8).requires_grad_()
    return ContrastSet(anchors, unit(4, 1, 8), unit(20, 8))


def mixed(given, **changes):
    return MixedHardNegatives(**{k: v for k, v in {**MOCHI, **changes}.items() if k != 'type'})(
        given, Step({}, {}, [])
    )


def test_mixes_are_of_unit_length_stand_behind_the_positive_and_carry_no_gradient():
    given = contrast()
    own = mixed(given).own
    assert own.shape == (4, 1 + 5 + 3, 8) and not own.requires_grad
    assert torch.equal(own[:, :1], given.own)
    torch.testing.assert_close(own.norm(dim=2), torch.ones(4, 9).double())


def test_each_mix_lies_between_two_of_the_hardest():
    given = contrast()
    own = mixed(given).own
    for n in range(4):
        hardest = given.shared[(given.shared @ given.anchors[n]).topk(6).indices]
        for mix in own[n, 1:6]:
            # on the arc between two rows: the angles to them add up to theirs
            angles = (hardest @ mix).clamp(-1, 1).arccos()
            between = (hardest @ hardest.T).clamp(-1, 1).arccos()
            excess = angles[:, None] + angles[None] - between
            assert excess.min() < 1e-6


def test_in_mixes_with_the_query_its_share_is_below_a_half():
    given = contrast()
    own = mixed(given, num_hardest=1).own  # one hardest: every mix of the second kind is of it and the query
    for n in range(4):
        query, hard = given.anchors[n].detach(), given.shared[(given.shared @ given.anchors[n]).argmax()]
        for mix in own[n, 6:]:
            shares = torch.linalg.lstsq(torch.stack([query, hard], dim=1), mix).solution
            assert 0 <= shares[0] < shares[1]


def test_without_mixes_it_is_moco():
    negatives = [dict(type='QueueNegatives'), dict(MOCHI, num_mixes=0, num_query_mixes=0)]
    inputs, samples = batch()
    moco, mochi = build('moco'), build('moco', negatives=negatives)
    assert total(mochi.loss(inputs, samples)).item() == total(moco.loss(inputs, samples)).item()


def test_mixes_raise_the_loss_and_draws_repeat_for_the_same_step():
    inputs, samples = batch()
    negatives = [dict(type='QueueNegatives'), MOCHI]
    once, again = (total(build('moco', negatives=negatives).loss(inputs, samples)).item() for _ in range(2))
    assert once == again > total(build('moco').loss(inputs, samples)).item()


def test_nothing_is_mixed_before_the_start_epoch():
    given = contrast()
    assert mixed(given, start_epoch=1).own.shape[1] == 1
    MessageHub.get_current_instance().update_info('epoch', 1)
    assert mixed(given, start_epoch=1).own.shape[1] == 9


def test_what_an_anchor_does_not_see_is_not_mixed():
    anchors = unit(2, 8)
    shared = torch.cat([anchors, unit(3, 8)])
    given = ContrastSet(anchors, unit(2, 1, 8), shared, hidden=torch.tensor([[0], [1]]))
    hardest = shared[MixedHardNegatives(num_hardest=5).hardest(given)]
    assert hardest.shape == (2, 4, 8)
    for n in range(2):
        assert not (hardest[n] == anchors[n]).all(1).any()


def test_numbers_out_of_range_are_refused():
    with pytest.raises(InputError, match='num_hardest=0'):
        MixedHardNegatives(num_hardest=0)
