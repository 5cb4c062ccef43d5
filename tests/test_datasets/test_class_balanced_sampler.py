"""Class-balanced draws."""

import numpy as np
import pytest

from mmcl.datasets import ArrayDataset, ClassBalancedSampler
from mmcl.registry import DATA_SAMPLERS
from mmcl.utils.errors import InputError

SIZES = (12, 5, 3)


class Tail(ArrayDataset):
    """12, 5 and 3 images of three classes and two without a class, in a fixed disorder."""

    def load_arrays(self):
        found = np.random.default_rng(0).permutation([*np.repeat(np.arange(3), SIZES), -1, -1])
        return np.zeros((len(found), 2, 2, 1), np.uint8), found


def sampler(rank=0, world=1, monkeypatch=None, **kwargs):
    if monkeypatch is not None:
        monkeypatch.setattr('mmcl.datasets.samplers.get_dist_info', lambda: (rank, world))
    kwargs.setdefault('seed', 5)
    return ClassBalancedSampler(Tail(pipeline=[]), **kwargs)


LABELS = Tail(pipeline=[]).get_gt_labels()


@pytest.mark.parametrize('in_a_row', [1, 4])
def test_an_epoch_draws_every_class_as_often_as_the_largest_has_images(in_a_row):
    drawn = [int(index) for index in sampler(in_a_row=in_a_row)]
    assert len(drawn) == len(sampler()) == 36
    assert np.bincount(LABELS[drawn]).tolist() == [12, 12, 12]
    counts = np.bincount(drawn, minlength=22)
    for label, size in enumerate(SIZES):  # each image of a class as often, give or take one
        assert set(counts[LABELS == label]) <= {12 // size, -(-12 // size)}
    turns = LABELS[drawn].reshape(-1, 3, in_a_row)
    assert (turns == turns[:, :, :1]).all() and (np.sort(turns[:, :, 0]) == [0, 1, 2]).all()
    assert len({tuple(turn) for turn in turns[:, :, 0]}) > 1


def test_every_epoch_has_another_order_and_the_same_one_again():
    one, again = sampler(), sampler()
    orders = []
    for epoch in range(3):
        one.set_epoch(epoch)
        orders.append(list(one))
    assert orders[0] != orders[1] != orders[2]
    again.set_epoch(2)
    assert list(again) == orders[2]
    assert list(sampler(seed=6)) != orders[0]
    fixed = sampler(shuffle=False)
    fixed.set_epoch(2)
    assert list(fixed) == orders[0]


def test_an_image_that_comes_again_comes_with_another_view():
    drawn = list(sampler())
    keys = {(int(index), index.epoch, index.seed) for index in drawn}
    assert len(keys) == 36
    assert {index.seed for index in drawn if LABELS[index] == 0} == {5}  # the largest class comes once
    data = Tail(pipeline=[lambda results: results['view_key']])
    assert len(set(data.__getitems__(drawn))) == 36


def test_two_processes_see_together_what_one_sees(monkeypatch):
    one = list(sampler())
    ranks = [list(sampler(rank, 2, monkeypatch)) for rank in range(2)]
    together = [index for pair in zip(*ranks) for index in pair]
    assert together == one
    assert [index.seed for index in together] == [index.seed for index in one]


def test_it_starts_in_the_middle_of_an_epoch():
    whole, resumed = list(sampler()), sampler()
    resumed.start = 7
    rest = list(resumed)
    assert rest == whole[7:] and [i.seed for i in rest] == [i.seed for i in whole[7:]]
    assert list(resumed) == whole


def test_what_cannot_be_balanced_is_refused():
    with pytest.raises(InputError, match='in_a_row=0'):
        sampler(in_a_row=0)
    with pytest.raises(InputError, match='range has no labels'):
        ClassBalancedSampler(range(5), seed=0)


def test_it_is_built_as_mmengine_builds_samplers():
    built = DATA_SAMPLERS.build(
        dict(type='ClassBalancedSampler', in_a_row=4), default_args=dict(dataset=Tail(pipeline=[]), seed=None)
    )
    assert len(built) == 36
