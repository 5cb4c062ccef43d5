"""Which candidates an anchor meets."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.memories import FeatureQueue
from mmcl.models.policies import BatchNegatives, InstancePositives, QueueNegatives, Step
from mmcl.structures import ContrastSet
from mmcl.utils.errors import InputError


def step(num=4, dim=6, views=2, memory=None):
    key = {v: F.normalize(torch.randn(num, dim), dim=1) for v in range(views)}
    return Step(key, key, [], memory, pair=(0, 1))


def visible(contrast):
    """Which columns an anchor sees."""
    cosines = contrast.cosines()
    contrast.hide(cosines)
    return cosines > float('-inf')


def test_the_positive_is_the_own_key_of_the_other_view_in_column_0():
    s = step()
    contrast = InstancePositives()(ContrastSet(s.query[0]), s)
    assert torch.equal(contrast.own[:, 0], s.key[1])
    assert contrast.target.tolist() == [0] * 4


def test_batch_negatives_show_2b_minus_2_negatives_and_never_the_own_image():
    s = step()
    contrast = BatchNegatives()(InstancePositives()(ContrastSet(s.query[0]), s), s)
    seen = visible(contrast)
    assert seen.sum(dim=1).tolist() == [1 + 2 * 4 - 2] * 4
    shared = seen[:, 1:]
    for n in range(4):
        assert not shared[n, n] and not shared[n, n + 4]


def test_negatives_of_the_key_view_alone_are_b_minus_1():
    s = step()
    contrast = BatchNegatives(views='key')(InstancePositives()(ContrastSet(s.query[0]), s), s)
    assert torch.equal(contrast.shared, s.key[1])
    assert visible(contrast).sum(dim=1).tolist() == [1 + 4 - 1] * 4


def test_queue_negatives_are_the_queue_and_nothing_of_this_step():
    memory = FeatureQueue(9, 6)
    s = step(memory=memory)
    contrast = QueueNegatives()(InstancePositives()(ContrastSet(s.query[0]), s), s)
    assert torch.equal(contrast.shared, memory.read())
    assert visible(contrast).all() and contrast.cosines().shape == (4, 10)


def test_keys_of_the_batch_stand_beside_the_queue_and_the_own_is_hidden_there():
    s = step(memory=FeatureQueue(9, 6))
    contrast = QueueNegatives()(InstancePositives()(ContrastSet(s.query[0]), s), s)
    seen = visible(BatchNegatives(views='key')(contrast, s))
    assert seen.shape == (4, 1 + 9 + 4) and seen[:, :10].all()
    assert torch.equal(seen[:, 10:], ~torch.eye(4, dtype=torch.bool))


def test_a_queue_of_another_width_than_the_keys_is_refused():
    s = step(memory=FeatureQueue(9, 5))
    with pytest.raises(InputError, match='dim=5.*model.memory.dim=6'):
        QueueNegatives()(ContrastSet(s.query[0]), s)


def test_an_unknown_choice_of_views_is_refused():
    with pytest.raises(InputError, match="views='none'"):
        BatchNegatives(views='none')


def test_keys_are_gathered_once_a_step(monkeypatch):
    calls = []
    monkeypatch.setattr('mmcl.models.policies.step.gather_with_grad', lambda x: calls.append(1) or x)
    s = step()
    BatchNegatives()(ContrastSet(s.query[0]), s)
    BatchNegatives()(ContrastSet(s.query[0]), s)
    assert len(calls) == 2  # two views


def test_a_queue_stands_beside_the_batch_and_hides_nothing_of_its_own():
    s = step(memory=FeatureQueue(20, 6))
    alone = QueueNegatives()(InstancePositives()(ContrastSet(s.query[0]), s), s)
    both = BatchNegatives()(InstancePositives()(ContrastSet(s.query[0]), s), s)
    both = QueueNegatives()(both, s)
    assert torch.equal(alone.shared, s.memory.queue) and torch.equal(both.shared[8:], s.memory.queue)
    assert visible(both).sum(dim=1).tolist() == [1 + 2 * 4 - 2 + 20] * 4
    assert visible(both)[:, 9:].all()
