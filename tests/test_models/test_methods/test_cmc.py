"""CMC."""

import copy
import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.memories import ViewBanks
from mmcl.utils.errors import InputError
from tests.test_models.tiny import BACKBONE, NECK, batch, build, total

BANKS = dict(
    memory=dict(type='ViewBanks', num_views=2, dim=8, num_samples=20),
    positives=dict(type='BankPositives'),
    negatives=dict(type='BankNegatives', num=5),
)
THREE = dict(
    num_views=3,
    backbone=dict(type='ViewBackbones', branches=[BACKBONE] * 3),
    neck=dict(type='ViewNecks', necks=[NECK] * 3),
)


def codes(learner, views):
    """The unit-length code of each view."""
    pooled = [branch(view)[-1].mean(dim=(2, 3)) for branch, view in zip(learner.backbone.branches, views)]
    return [F.normalize(neck(x), dim=1) for neck, x in zip(learner.neck.necks, pooled)]


def slow(z_a, z_b, temperature=0.2):
    """The contrast of one direction, a number at a time."""
    terms = []
    for i, anchor in enumerate(z_a):
        scores = [math.exp((anchor @ other).item() / temperature) for other in z_b]
        terms.append(-math.log(scores[i] / sum(scores)))
    return sum(terms) / len(terms)


def test_loss_is_the_papers_sum_of_both_directions_over_channels_of_one_image():
    learner = build('cmc')
    (image,), samples = batch(views=1)
    z = codes(learner, [image[:, :1], image[:, 1:]])
    losses = learner.loss([image], samples)
    assert losses['loss_0to1'].item() == pytest.approx(slow(*z), rel=1e-5)
    assert losses['loss_1to0'].item() == pytest.approx(slow(*z[::-1]), rel=1e-5)


def test_one_tensor_is_one_image():
    (image,), samples = batch(views=1)
    assert total(build('cmc').loss(image, samples)) == total(build('cmc').loss([image], samples))


@pytest.mark.parametrize('num', [2, 3, 4])
def test_core_has_a_pair_for_each_other_view_and_the_full_graph_all_pairs(num):
    parts = dict(
        num_views=num,
        backbone=dict(type='ViewBackbones', branches=[BACKBONE] * num),
        neck=dict(type='ViewNecks', necks=[NECK] * num),
    )
    assert len(build('cmc', **parts).pairs) == 2 * (num - 1)
    assert len(build('cmc', **parts, graph='full').pairs) == num * (num - 1)


def test_with_two_views_core_and_full_graph_are_one():
    (image,), samples = batch(views=1)
    assert total(build('cmc').loss(image, samples)) == total(build('cmc', graph='full').loss(image, samples))


def test_three_images_a_scene_each_go_through_their_own_network():
    learner = build('cmc', **THREE, graph='full')
    views, samples = batch(views=3)
    z = codes(learner, views)
    expected = sum(slow(z[a], z[b]) for a in range(3) for b in range(3) if a != b)
    assert total(learner.loss(views, samples)).item() == pytest.approx(expected, rel=1e-5)


def test_swapping_views_networks_and_banks_swaps_the_two_losses():
    parts = dict(
        backbone=dict(type='ViewBackbones', branches=[BACKBONE] * 2),
        head=dict(type='NCEHead', num_samples=20),
    )
    learner = build('cmc', **BANKS, **parts)
    twin = copy.deepcopy(learner)
    for part in (twin.backbone.branches, twin.neck.necks, twin.memory.banks):
        part[0], part[1] = part[1], part[0]
    (one, other), samples = batch()
    losses, swapped = learner.loss([one, other], samples), twin.loss([other, one], samples)
    assert losses['loss_0to1'].item() == pytest.approx(swapped['loss_1to0'].item(), rel=1e-9)
    assert losses['loss_1to0'].item() == pytest.approx(swapped['loss_0to1'].item(), rel=1e-9)
    assert losses['loss_0to1'].item() != pytest.approx(losses['loss_1to0'].item(), rel=1e-6)


def test_a_view_is_contrasted_with_old_rows_of_the_other_views_bank_and_then_only_own_rows_move():
    changes = {**BANKS, 'negatives': dict(type='BankNegatives', num=None)}
    learner = build('cmc', **changes)
    (image,), samples = batch(views=1, start=3)
    z = [x.detach() for x in codes(learner, [image[:, :1], image[:, 1:]])]
    before = [learner.memory[v].bank.clone() for v in range(2)]
    losses = learner.loss([image], samples)
    index = torch.arange(3, 9)
    for a, b in ((0, 1), (1, 0)):
        logits = z[a] @ before[b].to(z[a]).T / 0.2  # all rows: the full softmax
        assert losses[f'loss_{a}to{b}'].item() == pytest.approx(
            F.cross_entropy(logits, index).item(), rel=1e-5
        )
    for v in range(2):
        after, mixed = learner.memory[v].bank, F.normalize(before[v][index] + z[v].to(before[v]), dim=1)
        assert torch.allclose(after[index], mixed, atol=1e-6)  # momentum 0.5
        others = torch.ones(20, dtype=torch.bool).index_fill(0, index, False)
        assert torch.equal(after[others], before[v][others])
        assert torch.allclose(after.norm(dim=1), torch.ones(20).to(after), atol=1e-6)


def test_both_directions_are_given_the_same_images_as_negatives():
    learner = build('cmc', **BANKS, head=dict(type='ContrastiveHead', temperature=0.2))
    learner.memory[1].bank.copy_(learner.memory[0].bank)
    seen = []
    for head in learner.heads.values():
        head.register_forward_pre_hook(lambda module, args: seen.append(args[0].own[:, 1:].clone()))
    learner.loss(*batch(views=1))
    assert torch.equal(seen[0], seen[1])


def test_equal_rows_cost_ln_of_the_candidates_in_each_direction():
    learner = build('cmc', **BANKS, head=dict(type='ContrastiveHead', temperature=0.2))
    for v in range(2):
        learner.memory[v].bank.copy_(learner.memory[v].bank[:1].expand(20, 8).clone())
    losses = learner.loss(*batch(views=1))
    assert total(losses).item() == pytest.approx(2 * math.log(6), abs=1e-5)


def test_nce_keeps_a_partition_function_for_each_direction_in_its_state():
    learner = build('cmc', **BANKS, head=dict(type='NCEHead', num_samples=20))
    learner.loss(*batch(views=1))
    state = {k: v for k, v in learner.state_dict().items() if k.endswith('log_z')}
    assert set(state) == {'heads.0to1.log_z', 'heads.1to0.log_z'}
    assert len({round(v.item(), 9) for v in state.values()}) == 2
    twin = build('cmc', **BANKS, head=dict(type='NCEHead', num_samples=20))
    twin.load_state_dict(learner.state_dict())
    twin.loss(*batch(views=1, seed=5))
    assert {k: v for k, v in twin.state_dict().items() if k.endswith('log_z')} == state


def test_features_are_those_of_all_views_or_of_the_chosen():
    learner = build('cmc').eval()
    (image,), _ = batch(views=1)
    first, second = (learner.backbone.view(v, image) for v in range(2))
    assert torch.allclose(
        learner.features(image).float(), F.normalize(torch.cat([first, second], 1), dim=1).float()
    )
    learner.backbone.chosen = [1]
    assert torch.allclose(learner.features(image).float(), F.normalize(second, dim=1).float())
    assert (
        learner.backbone.branches[0].conv1.in_channels == 1
        and learner.backbone.branches[1].conv1.in_channels == 2
    )


def test_an_image_of_one_view_of_several_images_has_the_features_of_the_first_network():
    learner = build('cmc', **THREE).eval()
    views, _ = batch(views=3)
    first = F.normalize(learner.backbone.view(0, views[0]), dim=1)
    assert torch.allclose(learner.features(views[0]).float(), first.float())
    assert learner.features(views).shape == (6, 96)


def test_a_branch_sees_its_own_channels_only():
    learner = build('cmc')
    (image,), _ = batch(views=1)
    image.requires_grad_()
    (gradient,) = torch.autograd.grad(learner.backbone.view(1, image).sum(), image)
    assert gradient[:, 0].abs().sum() == 0 and gradient[:, 1:].abs().sum() > 0


@pytest.mark.parametrize(
    'changes, message',
    [
        (dict(num_views=1), 'num_views=1'),
        (dict(graph='ring'), "graph='ring'"),
        (dict(backbone=dict(type='ViewBackbones', branches=[BACKBONE] * 2, channels=[[0]])), 'channels'),
        (dict(memory=dict(type='ViewBanks', num_views=1, dim=8)), 'num_views=1'),
    ],
)
def test_wrong_arguments_are_refused(changes, message):
    with pytest.raises(InputError, match=message):
        build('cmc', **changes)


def test_one_image_for_views_of_several_images_is_refused():
    with pytest.raises(InputError, match='3 views'):
        build('cmc', **THREE).loss(*batch(views=1))


def test_banks_of_views_start_from_rows_of_their_own():
    one, other = ViewBanks(num_views=2, dim=4, num_samples=9).banks
    assert not torch.equal(one.bank, other.bank)
    sized = ViewBanks(num_views=2, dim=4)
    for bank in sized.banks:
        bank.size_to_dataset(9)
    assert torch.equal(sized[0].bank, one.bank) and torch.equal(sized[1].bank, other.bank)
