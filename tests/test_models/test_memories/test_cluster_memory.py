"""The cluster memory."""

import pytest
import torch

from mmcl.models.memories import ClusterMemory, ClusterTree
from mmcl.structures import ClusterResult
from mmcl.utils.errors import InputError
from tests.test_models.tiny import clusterings


def result(k, num=10, dim=3):
    return ClusterResult(torch.randint(k, (num,)), torch.randn(k, dim), torch.rand(k))


def filled(num_clusters=(4, 7), found=(4, 5), epoch=3):
    memory = ClusterMemory(num_clusters)
    memory.size_to_dataset(10)
    memory.update([result(k) for k in found], epoch)
    return memory


def test_memory_is_ready_after_the_first_update():
    memory = ClusterMemory([4, 7])
    assert not memory.ready and int(memory.epoch) == -1
    memory.update([result(4), result(7)], epoch=0)
    assert memory.ready and int(memory.epoch) == 0


def test_levels_are_what_was_written():
    memory, levels = ClusterMemory([4, 7]), [result(4), result(7)]
    memory.update(levels, epoch=5)
    assert len(memory) == 2
    for kept, given in zip(memory, levels):
        assert torch.equal(kept.assignments, given.assignments)
        assert torch.equal(kept.centroids, given.centroids)
        assert torch.equal(kept.density, given.density)
    assert torch.equal(memory[-1].density, levels[1].density)


def test_clusters_survive_a_strict_state_dict_round_trip_with_a_capped_k():
    memory, other = filled(), ClusterMemory([4, 7])
    other.size_to_dataset(10)
    other.load_state_dict(memory.state_dict(), strict=True)
    assert other.ready and int(other.epoch) == 3
    for mine, theirs in zip(other, memory):
        assert torch.equal(mine.assignments, theirs.assignments)
        assert torch.equal(mine.centroids, theirs.centroids)
        assert torch.equal(mine.density, theirs.density)


def test_a_checkpoint_from_before_the_first_clustering_loads():
    memory = filled()
    memory.load_state_dict(ClusterMemory([4, 7]).state_dict(), strict=True)
    assert not memory.ready and int(memory.epoch) == -1


def test_loading_into_a_part_of_a_model_works():
    outer, other = (
        torch.nn.ModuleDict(dict(clusters=filled())),
        torch.nn.ModuleDict(dict(clusters=ClusterMemory([4, 7]))),
    )
    other.load_state_dict(outer.state_dict())
    assert torch.equal(other['clusters'][1].centroids, outer['clusters'][1].centroids)


def test_a_checkpoint_with_other_clusters_is_refused_with_both_numbers():
    with pytest.raises(RuntimeError, match=r'num_clusters=\[4, 7\], the config says \[4, 9\]'):
        ClusterMemory([4, 9]).load_state_dict(filled().state_dict())


def test_a_checkpoint_of_another_dataset_is_refused_with_both_lengths():
    memory = ClusterMemory([4, 7])
    memory.size_to_dataset(11)
    with pytest.raises(RuntimeError, match=r'assignments_0: shape \(10,\) in the checkpoint, \(11,\)'):
        memory.load_state_dict(filled().state_dict())


def test_results_that_do_not_fit_are_refused():
    memory = filled()
    with pytest.raises(ValueError, match='1 clusterings for a memory of 2'):
        memory.update([result(4)], 4)
    with pytest.raises(ValueError, match='9 assignments for 10'):
        memory.update([result(4, num=9), result(7, num=9)], 4)


@pytest.mark.parametrize('bad', [[], [5, 0]])
def test_num_clusters_without_sense_is_refused(bad):
    with pytest.raises(InputError, match='num_clusters='):
        ClusterMemory(bad)


def test_a_tree_keeps_parents_of_all_levels_but_the_last_and_they_survive_a_round_trip():
    memory, other = ClusterTree([5, 4, 2]), ClusterTree([5, 4, 2])
    memory.update(clusterings(10, (5, 4, 2), tree=True), epoch=1)
    other.load_state_dict(memory.state_dict(), strict=True)
    assert [name for name in memory.state_dict() if 'parents' in name] == ['parents_0', 'parents_1']
    for lower, upper in zip(list(other), list(other)[1:]):
        assert torch.equal(upper.assignments, lower.parents[lower.assignments])
    assert other[-1].parents is None


def test_a_tree_with_a_level_larger_than_the_one_below_is_refused():
    with pytest.raises(InputError, match=r'num_clusters=\[2, 4\]'):
        ClusterTree([2, 4])


def test_what_follows_from_the_clusters_is_made_once_until_they_change():
    memory = filled()
    assert memory.once('x', lambda: 1) == memory.once('x', lambda: 2) == 1
    memory.update([result(4), result(5)], epoch=4)
    assert memory.once('x', lambda: 2) == 2
    memory.load_state_dict(filled().state_dict())
    assert memory.once('x', lambda: 3) == 3
