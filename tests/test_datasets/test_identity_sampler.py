"""Several pictures of each identity in a batch."""

from collections import Counter
from types import SimpleNamespace

import numpy as np
import pytest

from mmcl.datasets import IdentitySampler
from mmcl.utils.errors import InputError


class Pictures(SimpleNamespace):
    def __len__(self):
        return self.num


GROUPS = np.array(
    [0] * 6 + [1] * 4 + [2] * 2 + [3, 4, 5] + [-1]
)  # two large ones, a pair, three alone, one unreadable


def sampler(num=16, **settings):
    made = IdentitySampler(Pictures(num=num), seed=1, **{'num_instances': 4, 'length': 120, **settings})
    made.set_groups(GROUPS[:num])
    return made


def runs_of(order, groups):
    """Neighbours of one identity."""
    cuts = np.flatnonzero(np.diff(groups[order])) + 1
    return np.split(order, cuts)


def test_identities_come_with_k_images_and_those_alone_come_alone():
    order = sampler(length=17).order()  # 4 + 4 + 4 + 1 + 1 + 1 a pass of 15
    runs = runs_of(order[:15], GROUPS)
    assert sorted((GROUPS[run[0]], len(run)) for run in runs) == [
        (0, 4),
        (1, 4),
        (2, 4),
        (3, 1),
        (4, 1),
        (5, 1),
    ]
    by_group = {GROUPS[run[0]]: run for run in runs}
    assert len(set(by_group[0])) == 4 and len(set(by_group[1])) == 4
    assert set(by_group[2]) == {10, 11}  # again and again, where there are too few
    assert 15 not in order and len(order) == 17


def test_all_images_are_seen_in_time_and_every_pass_is_in_another_order():
    order = sampler(length=1500).order()
    assert set(order) == set(range(15))
    first, second = order[:15], order[15:30]
    assert not np.array_equal(first, second)


def test_the_others_are_of_other_cameras_where_there_are_some():
    made = sampler(length=600)
    made.dataset.cameras = np.array([1, 1, 1, 2, 2, 3] + [1] * 10)
    for run in runs_of(made.order(), GROUPS):
        for chunk in np.split(run, range(4, len(run), 4)):
            if GROUPS[chunk[0]] == 0 and len(chunk) == 4:
                cameras = made.dataset.cameras[chunk]
                assert (cameras[1:] != cameras[0]).all()


def test_order_is_a_function_of_seed_epoch_and_groups_and_can_be_entered_anywhere():
    made, again = sampler(), sampler()
    assert made.order().tolist() == again.order().tolist()
    again.start = 50
    assert [int(i) for i in again] == made.order()[50:].tolist()
    again.set_epoch(1)
    assert made.order().tolist() != again.order().tolist()
    (index,) = [next(iter(again))]
    assert index.epoch == 1 and index.seed == 1


@pytest.mark.parametrize('domain_batch', [None, 4])
def test_two_processes_share_the_order_of_one(domain_batch):
    size = 4 if domain_batch is None else domain_batch
    one = sampler(domain_batch=domain_batch and 2 * domain_batch, num=16)
    if domain_batch:
        one = sampler(domain_batch=8)
    two = []
    for rank in range(2):
        made = sampler(domain_batch=domain_batch)
        made.rank, made.world_size = rank, 2
        two.append([int(i) for i in made])
    order = one.order().tolist()
    assert len(two[0]) == len(one) // 2
    for step in range(5):
        together = two[0][step * size : (step + 1) * size] + two[1][step * size : (step + 1) * size]
        assert Counter(together) == Counter(order[2 * step * size : 2 * (step + 1) * size])


@pytest.fixture(autouse=True)
def _with_source(monkeypatch, request):
    """Half of the pictures are a source where the test asks for batches of two domains."""
    if 'domain' in request.node.name or '[4]' in request.node.name:
        monkeypatch.setattr(Pictures, 'num_target', 10, raising=False)


def test_a_domain_batch_is_half_source_and_then_half_target():
    made = sampler(domain_batch=6, length=60)
    for batch in made.order().reshape(-1, 6):
        assert (batch[:3] >= 10).all() and (batch[3:] < 10).all()


def test_before_the_first_clustering_every_image_is_alone():
    made = IdentitySampler(Pictures(num=9), seed=0)
    assert sorted(made.order().tolist()) == list(range(9))


def test_settings_out_of_range_are_refused():
    for settings, words in (
        (dict(num_instances=0), 'num_instances=0'),
        (dict(length=0), 'length=0'),
        (dict(domain_batch=3), 'domain_batch=3'),
        (dict(domain_batch=4), 'domain_batch=4 for a dataset without a source'),
    ):
        with pytest.raises(InputError, match=words):
            IdentitySampler(Pictures(num=9), seed=0, **settings)
    with pytest.raises(InputError, match='domain_batch=None for a dataset with a source'):
        IdentitySampler(Pictures(num=9, num_target=5), seed=0)
    made = sampler()
    made.set_groups(np.full(16, -1))
    with pytest.raises(InputError, match='no group of images'):
        made.order()
