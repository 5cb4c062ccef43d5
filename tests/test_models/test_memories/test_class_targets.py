"""TSC's targets: how they lie, and which class has which."""

import itertools

import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub

from mmcl.models.memories import ClassTargets, class_targets
from mmcl.utils.errors import InputError


@pytest.mark.parametrize('num, dim', [(2, 2), (4, 3), (10, 10), (10, 128), (9, 8)])
def test_few_classes_get_a_regular_simplex_centred_at_0(num, dim):
    points = class_targets(num, dim)
    cosines = points @ points.T
    expected = torch.full((num, num), -1 / (num - 1)).fill_diagonal_(1)
    torch.testing.assert_close(cosines, expected, atol=1e-5, rtol=0)
    assert points.sum(dim=0).abs().max() < 1e-5
    assert not torch.allclose(points, class_targets(num, dim, seed=1))


def test_many_classes_are_spread_better_than_by_chance_and_near_the_best_that_is_known():
    points = class_targets(12, 3, num_iters=3000, temperature=0.2)
    nearest = (points @ points.T).fill_diagonal_(-1).max()
    assert torch.allclose(points.norm(dim=1), torch.ones(12), atol=1e-5)
    assert points.sum(dim=0).norm() < 0.1
    assert nearest < 0.55  # an icosahedron: 1 / sqrt(5) = 0.447
    random = F.normalize(torch.randn(12, 3, generator=torch.Generator().manual_seed(0)), dim=1)
    assert nearest < (random @ random.T).fill_diagonal_(-1).max() - 0.2


def test_many_classes_lower_the_loss_of_equation_4():
    def loss(points):
        return sum(
            torch.tensor([float(a @ b) / 0.07 for b in points], dtype=torch.float64).logsumexp(0)
            for a in points
        ) / len(points)

    few, many = (loss(class_targets(9, 4, num_iters=steps)) for steps in (1, 800))
    assert many < few


def memory(**settings):
    made = ClassTargets(**{**dict(num_classes=5, dim=8), **settings})
    made.update(torch.zeros(0, 8), torch.zeros(0, dtype=torch.int64))
    return made


def test_centroids_move_to_the_batchs_mean_queries_and_stay_where_there_are_none():
    made = memory()
    before = made.centroids.clone()
    queries = F.normalize(torch.randn(6, 8), dim=1)
    labels = torch.tensor([0, 3, 3, -1, 0, 3])
    made.update(queries, labels)
    for label in range(5):
        expected = before[label]
        if label in (0, 3):
            mean = F.normalize(queries[labels == label].mean(dim=0), dim=0)
            expected = F.normalize(0.9 * before[label] + 0.1 * mean, dim=0)
        torch.testing.assert_close(made.centroids[label], expected)


def test_classes_are_matched_as_the_best_of_all_permutations():
    for seed in range(5):
        made = memory(seed=seed)
        distances = torch.cdist(made.centroids, made.targets).square()
        costs = {p: float(distances[range(5), p].sum()) for p in itertools.permutations(range(5))}
        assert costs[tuple(made.assignment.tolist())] == pytest.approx(min(costs.values()), rel=1e-6)


def test_targets_that_were_permuted_are_recovered():
    made = memory()
    order = torch.tensor([3, 1, 4, 0, 2])
    made.centroids.copy_(made.targets[order])
    made.update(torch.zeros(0, 8), torch.zeros(0, dtype=torch.int64))
    assert torch.equal(made.assignment, order)
    torch.testing.assert_close(made.of(torch.tensor([2, 0])), made.targets[[4, 3]])


def test_matching_waits_for_its_epoch_and_its_turn_and_warm_centroids_do_not():
    hub = MessageHub.get_current_instance()
    query, label = F.normalize(torch.randn(1, 8), dim=1), torch.tensor([1])
    cold, warm = memory(start_epoch=1, warm=False), memory(start_epoch=1)
    start = cold.centroids.clone()
    for made in (cold, warm):
        made.update(query, label)
        assert not made.active and (made.assignment == -1).all()
    assert torch.equal(cold.centroids, start) and not torch.equal(warm.centroids, start)
    hub.update_info('epoch', 1)
    hub.update_info('iter', 7)
    slow = memory(start_epoch=1, every=4)  # matched for the first time, though 7 is no multiple of 4
    assert slow.active and sorted(slow.assignment.tolist()) == list(range(5))
    before = slow.assignment.clone()
    slow.centroids.copy_(slow.targets[torch.tensor([4, 3, 2, 1, 0])])
    slow.update(torch.zeros(0, 8), torch.zeros(0, dtype=torch.int64))
    assert torch.equal(slow.assignment, before)
    hub.update_info('iter', 8)
    slow.update(torch.zeros(0, 8), torch.zeros(0, dtype=torch.int64))
    assert slow.assignment.tolist() == [4, 3, 2, 1, 0]
    hub.update_info('epoch', 0)
    hub.update_info('iter', 0)


def test_a_checkpoint_brings_its_targets():
    one, other = memory(), ClassTargets(5, 8, seed=3)
    one.update(F.normalize(torch.randn(4, 8), dim=1), torch.arange(4))
    other.load_state_dict(one.state_dict())
    other.update(torch.zeros(0, 8), torch.zeros(0, dtype=torch.int64))
    for name, value in one.state_dict().items():
        assert torch.equal(value, other.state_dict()[name]), name


@pytest.mark.parametrize(
    'name, value', [('num_classes', 1), ('dim', 1), ('momentum', 1.0), ('every', 0), ('num_iters', 0)]
)
def test_settings_out_of_range_are_refused(name, value):
    with pytest.raises(InputError, match=f'{name}={value}'):
        ClassTargets(**{**dict(num_classes=5, dim=8), name: value})
