"""RotNet and jigsaw."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, total


def one_view(**kwargs):
    (images,), samples = batch(views=1, **kwargs)
    return images, samples


def test_rotnet_is_the_mean_cross_entropy_of_the_four_turns():
    learner = build('rotnet').eval()  # batch norm that does not depend on the batch
    images, samples = one_view()
    losses = learner.loss([images], samples)
    expected, right = 0.0, 0
    for image in images:
        for turn in range(4):
            feature = learner.backbone(torch.rot90(image, turn, (1, 2))[None])[-1].mean(dim=(2, 3))
            scores = (feature @ learner.head.fc.weight.T + learner.head.fc.bias)[0]
            expected += -math.log(scores.exp()[turn] / scores.exp().sum()) / 24
            right += int(scores.argmax() == turn)
    assert losses['loss'].item() == pytest.approx(expected, abs=1e-9)
    assert losses['hits'].item() == pytest.approx(right / 24)


def test_rotnet_has_every_label_once_an_image_and_in_order():
    learner = build('rotnet')
    images, samples = one_view()
    turned, labels = learner.make(images, samples)
    assert labels.tolist() == [0, 1, 2, 3] * 6
    assert torch.equal(turned[0::4], images)


def test_rotnet_with_one_turn_is_the_cross_entropy_of_the_turn_that_was_drawn():
    learner = build('rotnet', turns_per_image=1).eval()
    images, samples = one_view()
    losses = learner.loss([images], samples)
    turned, labels = learner.make(images, samples)
    assert turned.shape == images.shape
    expected = 0.0
    for image, seen, label in zip(images, turned, labels.tolist()):
        assert torch.equal(seen, torch.rot90(image, label, (1, 2)))
        feature = learner.backbone(seen[None])[-1].mean(dim=(2, 3))
        scores = learner.head.fc(feature)[0]
        expected += -math.log(scores.exp()[label] / scores.exp().sum()) / 6
    assert losses['loss'].item() == pytest.approx(expected, abs=1e-9)


def test_the_one_turn_is_any_of_four_and_belongs_to_the_image_not_to_its_place():
    learner = build('rotnet', turns_per_image=1)
    images, samples = one_view(num=64)
    _, labels = learner.make(images, samples)
    assert labels.unique().tolist() == [0, 1, 2, 3] and labels.bincount().min() >= 8
    order = [5, 3, 60]
    assert learner.make(images[order], [samples[i] for i in order])[1].tolist() == labels[order].tolist()
    with pytest.raises(InputError, match='turns_per_image=2'):
        build('rotnet', turns_per_image=2)


def test_jigsaw_is_the_cross_entropy_of_the_permutation():
    learner = build('jigsaw').eval()
    images, samples = one_view()
    losses = learner.loss([images], samples)
    tiles = learner.tiles.cut(images, samples, learner.data_preprocessor)
    _, labels = learner.make(images, samples)
    expected = 0.0
    for mine, label in zip(tiles, labels.tolist()):
        order = learner.permutations[label].tolist()
        embeddings = []
        for tile in (mine[t] for t in order):
            feature = learner.backbone(tile[None])[-1].mean(dim=(2, 3))
            embeddings.append(learner.neck.tile.layers(feature))
        scores = learner.head.fc(torch.cat(embeddings, dim=1))[0]
        expected += -math.log(scores.exp()[label] / scores.exp().sum()) / 6
    assert losses['loss'].item() == pytest.approx(expected, abs=1e-9)


def test_jigsaw_draws_every_permutation_and_undoing_it_restores_the_tiles():
    learner = build('jigsaw')
    images, samples = one_view(num=64)
    shuffled, labels = learner.make(images, samples)
    assert labels.unique().tolist() == list(range(6))
    inverse = learner.permutations[labels].argsort(dim=1)
    restored = torch.stack([tiles[order] for tiles, order in zip(shuffled.unflatten(0, (64, 4)), inverse)])
    assert torch.equal(restored, learner.tiles.cut(images, samples, learner.data_preprocessor))


def test_a_step_of_jigsaw_depends_on_samples_alone_so_permuting_the_batch_changes_nothing():
    learner = build('jigsaw').eval()
    images, samples = one_view()
    order = [3, 1, 5, 0, 2, 4]
    one = total(learner.loss([images], samples)).item()
    assert total(learner.loss([images[order]], [samples[i] for i in order])).item() == pytest.approx(
        one, abs=1e-12
    )


@pytest.mark.parametrize('name, chance', [('rotnet', math.log(4)), ('jigsaw', math.log(6))])
def test_a_classifier_that_knows_nothing_is_at_chance_and_gradient_reaches_everything(name, chance):
    learner = build(name)
    torch.nn.init.zeros_(learner.head.fc.weight)
    losses = learner.loss(*batch(views=1))
    assert losses['loss'].item() == pytest.approx(chance, abs=1e-9)
    assert losses['vs_chance'].item() == pytest.approx(1, abs=1e-6)
    torch.nn.init.normal_(learner.head.fc.weight)
    total(learner.loss(*batch(views=1))).backward()
    assert all(p.grad is not None and p.grad.any() for p in learner.parameters() if p.requires_grad)


def test_permutations_are_part_of_the_checkpoint():
    one, other = build('jigsaw'), build('jigsaw', permutation_seed=1)
    assert not torch.equal(one.permutations, other.permutations)
    other.load_state_dict(one.state_dict())
    assert torch.equal(one.permutations, other.permutations)


def test_features_are_those_of_whole_images():
    learner = build('jigsaw').eval()
    images, samples = one_view()
    found = torch.stack([s.feature for s in learner(images, samples, mode='predict')])
    expected = F.normalize(learner.backbone(images)[-1].mean(dim=(2, 3)), dim=1)
    torch.testing.assert_close(found, expected)
    torch.testing.assert_close(learner.embed(images), expected)


def test_two_views_are_refused():
    with pytest.raises(InputError, match='was given 2 views'):
        build('rotnet').loss(*batch(views=2))
