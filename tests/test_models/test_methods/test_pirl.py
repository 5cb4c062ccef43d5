"""PIRL."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.utils.errors import InputError
from tests.test_models.tiny import NECK, batch, build, total


def pieces_of(learner, inputs, samples):
    return learner.prepare(inputs, samples)[1]


def embed_pieces(learner, tiles):
    """One image's tiles (T, 3, h, w), one at a time."""
    each = [
        learner.pretext_neck.tile.layers(learner.backbone(t[None])[-1].mean(dim=(2, 3)))[0] for t in tiles
    ]
    fuse = learner.pretext_neck.fuse
    joined = torch.cat(each)
    return F.normalize(joined if isinstance(fuse, torch.nn.Identity) else fuse(joined), dim=0)


@pytest.mark.parametrize('weight', [0.5, 0.3])
def test_loss_is_the_weighted_sum_of_both_branches_against_the_bank(weight):
    learner = build('pirl', branch_weight=weight).eval()
    inputs, samples = batch()
    bank = learner.memory.bank.clone().double()
    pieces = pieces_of(learner, inputs, samples)
    found = total(learner.loss(inputs, samples)).item()
    f = F.normalize(learner.project(inputs[0]), dim=1)
    g = torch.stack([embed_pieces(learner, tiles) for tiles in pieces])
    expected = 0.0
    for n in range(6):
        for embedding, share in ((g[n], weight), (f[n], 1 - weight)):  # against every other row
            logits = [float(embedding @ row) / 0.2 for row in bank]
            expected += -share * math.log(math.exp(logits[n]) / sum(map(math.exp, logits))) / 6
    assert found == pytest.approx(expected, abs=1e-6)


def test_without_weight_for_the_pieces_it_is_npid_bit_for_bit():
    inputs, samples = batch()
    pirl = build('pirl', branch_weight=0.0)
    npid = build('npid', negatives=dict(type='BankNegatives', num=None), head=pirl.head)
    shared = {k: v for k, v in pirl.state_dict().items() if not k.startswith('pretext')}
    npid.load_state_dict(shared)
    one, other = pirl.loss(inputs, samples), npid.loss(inputs[:1], samples)
    assert one['loss_0to0'].item() == other['loss_0to0'].item() == total(one).item()
    total(one).backward()
    total(other).backward()
    gradients = dict(npid.named_parameters())
    for name, p in pirl.named_parameters():
        if not name.startswith('pretext'):
            assert torch.equal(p.grad, gradients[name].grad)
    assert torch.equal(pirl.memory.bank, npid.memory.bank)


def test_with_all_weight_for_the_pieces_the_image_head_has_no_gradient():
    learner = build('pirl', branch_weight=1.0)
    total(learner.loss(*batch())).backward()
    assert all(not p.grad.any() for p in learner.neck.parameters())
    assert all(p.grad.any() for p in learner.pretext_neck.parameters())


def test_rows_of_the_bank_move_by_the_image_branch_alone():
    inputs, samples = batch()
    one = build('pirl').eval()
    old = one.memory.bank.clone()
    one.loss(inputs, samples)
    f = F.normalize(one.project(inputs[0]), dim=1)
    expected = F.normalize(0.5 * old[:6].double() + 0.5 * f, dim=1)
    assert torch.allclose(one.memory.bank[:6].double(), expected, atol=1e-6)
    assert torch.equal(one.memory.bank[6:], old[6:])
    other = build('pirl').eval()
    other.loss([inputs[0], torch.randn_like(inputs[1])], samples)
    assert torch.equal(one.memory.bank, other.memory.bank)


def test_permuting_the_batch_changes_nothing_and_permuting_the_tiles_of_an_image_does():
    inputs, samples = batch()
    order = [2, 4, 0, 1, 5, 3]
    value = total(build('pirl').eval().loss(inputs, samples)).item()
    permuted = build('pirl').eval().loss([view[order] for view in inputs], [samples[i] for i in order])
    assert total(permuted).item() == pytest.approx(value, abs=1e-9)
    learner = build('pirl').eval()
    tiles = pieces_of(learner, inputs, samples)
    project = lambda pieces: learner.encoder.project(learner, pieces)  # noqa: E731
    assert not torch.allclose(project(tiles), project(tiles.flip(1)))


def test_rotation_is_a_branch_with_one_piece():
    neck = dict(type='TileNeck', tile={**NECK, 'num_layers': 1}, num_tiles=1)
    learner = build('pirl', pretext=dict(type='RandomRotation'), pretext_neck=neck).eval()
    inputs, samples = batch()
    pieces = pieces_of(learner, inputs, samples)
    turned = [
        any(torch.equal(piece[0], torch.rot90(image, turn, (1, 2))) for turn in range(4))
        for image, piece in zip(inputs[1], pieces)
    ]
    assert all(turned)
    g = learner.encoder.project(learner, pieces)
    one_by_one = torch.stack([embed_pieces(learner, tiles) for tiles in pieces])
    torch.testing.assert_close(F.normalize(g, dim=1), one_by_one)
    total(learner.loss(inputs, samples)).backward()
    assert all(p.grad.any() for p in learner.pretext_neck.parameters())


def test_tiles_of_turned_images_are_cut_as_those_of_images():
    learner = build('pirl', pretext=dict(type='TurnedTiles', grid=2, size=3))
    inputs, samples = batch(num=40)
    pieces = pieces_of(learner, inputs, samples)
    seen = []
    for n in range(40):  # which turn of the image the plain transform cuts alike
        turns = []
        for turn in range(4):
            turned = [inputs[0], torch.rot90(inputs[1], turn, (2, 3))]
            turns.append(torch.equal(pieces_of(build('pirl'), turned, samples)[n], pieces[n]))
        assert sum(turns) == 1
        seen.append(turns.index(True))
    assert min(seen.count(turn) for turn in range(4)) >= 4
    rotation = build('pirl', pretext=dict(type='RandomRotation')).pretext(inputs[1], samples, None)[:, 0]
    assert all(
        torch.equal(rotation[n], torch.rot90(inputs[1][n], turn, (1, 2))) for n, turn in enumerate(seen)
    )


def test_an_encoder_without_pieces_a_weight_above_1_and_chunks_are_refused():
    with pytest.raises(InputError, match='model.encoder is a SharedPair'):
        build('pirl', encoder=dict(type='SharedPair'))
    with pytest.raises(InputError, match='branch_weight=1.5'):
        build('pirl', branch_weight=1.5)
    with pytest.raises(InputError, match='chunk_size=2'):
        build('pirl', encoder=dict(type='PiecesPair', chunk_size=2))
