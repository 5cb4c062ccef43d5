import copy
import pickle

import numpy as np
import pytest
from torch.utils.data import DataLoader

from mmcl.datasets import EpochIndex, ResumableSampler
from mmcl.registry import DATA_SAMPLERS
from mmcl.utils.errors import InputError


def sampler(num, rank=0, world=1, monkeypatch=None, **kwargs):
    if monkeypatch is not None:
        monkeypatch.setattr('mmcl.datasets.samplers.get_dist_info', lambda: (rank, world))
    kwargs.setdefault('seed', 5)
    return ResumableSampler(range(num), **kwargs)


@pytest.mark.parametrize('copied', [lambda x: pickle.loads(pickle.dumps(x)), copy.copy, copy.deepcopy])
def test_epoch_index_survives_the_way_to_a_worker(copied):
    index = copied(EpochIndex(7, epoch=3, seed=11))
    assert (index, index.epoch, index.seed) == (7, 3, 11)
    assert isinstance(index, int) and list(range(10))[index] == 7


def test_epoch_index_keeps_its_epoch_under_the_arithmetic_of_dataset_wrappers():
    for inner in (
        EpochIndex(17, 3, 11) - 10,
        EpochIndex(17, 3, 11) % 10,
        EpochIndex(17, 3, 11) - np.int64(10),
    ):
        assert (inner, inner.epoch, inner.seed) == (7, 3, 11)


def test_every_epoch_is_another_permutation_and_the_same_one_again_later():
    one, again = sampler(50), sampler(50)
    orders = []
    for epoch in range(3):
        one.set_epoch(epoch)
        orders.append(list(one))
        assert sorted(orders[-1]) == list(range(50))
    assert orders[0] != orders[1] != orders[2] != orders[0]
    again.set_epoch(2)
    assert list(again) == orders[2]
    assert list(sampler(50, seed=6)) != orders[0]
    assert {(index.epoch, index.seed) for index in orders[2]} == {(2, 5)}


def test_every_place_of_the_order_is_as_likely_for_each_image():
    firsts = []
    for seed in range(400):
        firsts.append(next(iter(sampler(4, seed=seed))))
    counts = np.bincount(firsts, minlength=4)
    assert counts.min() > 70 and counts.max() < 130  # 100 expected, standard deviation 8.7


def test_without_shuffle_the_order_is_the_dataset():
    assert list(sampler(5, shuffle=False)) == [0, 1, 2, 3, 4]


@pytest.mark.parametrize('num', [24, 26])
def test_two_processes_see_together_what_one_sees_batch_by_batch(num, monkeypatch):
    one = list(sampler(num))
    ranks = [list(sampler(num, rank, 2, monkeypatch)) for rank in range(2)]
    for step in range(num // 8):
        together = set(ranks[0][step * 4 : step * 4 + 4]) | set(ranks[1][step * 4 : step * 4 + 4])
        assert together == set(one[step * 8 : step * 8 + 8])


def test_training_drops_the_uneven_tail(monkeypatch):
    one = list(sampler(11))
    ranks = [sampler(11, rank, 3, monkeypatch) for rank in range(3)]
    assert [len(rank) for rank in ranks] == [3, 3, 3]
    assert sorted(index for rank in ranks for index in rank) == sorted(one[:9])


@pytest.mark.parametrize('num, world', [(11, 3), (2, 5)])
def test_rounding_up_shows_every_image_and_wraps_to_the_front(num, world, monkeypatch):
    ranks = [sampler(num, rank, world, monkeypatch, round_up=True, shuffle=False) for rank in range(world)]
    seen = [list(rank) for rank in ranks]
    assert {len(part) for part in seen} == {len(ranks[0])} == {-(-num // world)}
    in_order = [index for step in zip(*seen) for index in step]
    assert in_order == [index % num for index in range(len(ranks[0]) * world)]


@pytest.mark.parametrize('world', [1, 2])
def test_start_leaves_out_the_front_once(world, monkeypatch):
    whole = list(sampler(20, world - 1, world, monkeypatch))
    resumed = sampler(20, world - 1, world, monkeypatch)
    resumed.start = 6
    assert len(resumed) == len(whole)
    assert list(resumed) == whole[6:]
    assert resumed.start == 0
    assert list(resumed) == whole


def test_a_started_iteration_keeps_its_epoch():
    one = sampler(20)
    expected = list(one)
    running = iter(one)
    one.set_epoch(1)
    assert list(running) == expected


def test_a_loader_started_in_the_middle_loads_nothing_of_what_it_skips():
    class Recorder(list):
        def __getitem__(self, index):
            loaded.append(int(index))
            return super().__getitem__(index)

    loaded = []
    data = Recorder(range(20))
    loader = DataLoader(data, batch_size=4, sampler=ResumableSampler(data, seed=1))
    batches = [batch.tolist() for batch in loader]
    loaded.clear()
    loader.sampler.start = 2 * 4
    assert [batch.tolist() for batch in loader] == batches[2:]
    assert loaded == sum(batches[2:], [])
    assert len(loader) == 5


def test_a_process_without_images_is_an_error(monkeypatch):
    with pytest.raises(InputError, match='3 images for 4 processes.*at most 3 processes'):
        sampler(3, 0, 4, monkeypatch)
    with pytest.raises(InputError, match='0 images'):
        sampler(0, round_up=True)


def test_it_is_built_as_mmengine_builds_samplers():
    built = DATA_SAMPLERS.build(
        dict(type='ResumableSampler', shuffle=True), default_args=dict(dataset=range(9), seed=None)
    )
    assert len(built) == 9 and isinstance(built.seed, int)
