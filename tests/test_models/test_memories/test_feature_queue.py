"""The queue."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.memories import FeatureQueue
from mmcl.utils.errors import InputError


def keys(n, dim=3):
    return F.normalize(torch.randn(n, dim), dim=1)


def test_queue_starts_as_unit_vectors():
    assert torch.allclose(FeatureQueue(50, 8).read().norm(dim=1), torch.ones(50), atol=1e-6)


def test_queue_wraps_when_batch_does_not_divide():
    queue, slow = FeatureQueue(10, 3), None
    slow, pointer = queue.read().tolist(), 0
    for _ in range(7):
        batch = keys(4)
        queue.write(batch)
        for row in batch.tolist():
            slow[pointer] = row
            pointer = (pointer + 1) % 10
    assert torch.allclose(queue.read(), torch.tensor(slow))
    assert int(queue.pointer) == pointer == 28 % 10


def test_all_keys_are_replaced_after_one_round():
    queue = FeatureQueue(8, 3)
    before, written = queue.read(), keys(8)
    for part in written.chunk(2):
        queue.write(part)
    assert torch.equal(queue.read(), written)
    assert int(queue.pointer) == 0
    assert not torch.equal(before, written)


def test_what_was_read_does_not_change_with_the_next_write():
    queue = FeatureQueue(6, 3)
    read = queue.read()
    copy = read.clone()
    queue.write(keys(6))
    assert torch.equal(read, copy)


def test_queue_and_pointer_survive_a_state_dict_round_trip():
    queue, other = FeatureQueue(6, 3), FeatureQueue(6, 3)
    queue.write(keys(4))
    other.load_state_dict(queue.state_dict())
    assert torch.equal(queue.read(), other.read())
    assert int(other.pointer) == 4


def test_a_batch_longer_than_the_queue_is_refused_with_both_numbers():
    with pytest.raises(InputError, match='makes 7 keys but the queue holds 6'):
        FeatureQueue(6, 3).write(keys(7))
