"""Images turned and cut up."""

import pytest
import torch
from mmengine.logging import MessageHub

from mmcl.models.policies import RandomRotation, ShuffledTiles, Tiles, rotate, take
from mmcl.models.preprocessor import ViewPreprocessor
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch

PREPROCESSOR = ViewPreprocessor().double()


def images(num=4, size=24):
    (views,), samples = batch(num, views=1, size=size)
    return views, samples


def test_a_turn_is_the_index_formula_of_a_counter_clockwise_rotation():
    x, _ = images(size=5)
    turned = rotate(x, torch.tensor([0, 1, 2, 3]))
    for row in range(5):
        for column in range(5):
            assert torch.equal(turned[0, :, row, column], x[0, :, row, column])
            assert torch.equal(turned[1, :, row, column], x[1, :, column, 4 - row])
            assert torch.equal(turned[2, :, row, column], x[2, :, 4 - row, 4 - column])
            assert torch.equal(turned[3, :, row, column], x[3, :, 4 - column, row])


def test_a_turn_and_its_opposite_give_the_image_back_bit_for_bit():
    x, _ = images()
    turns = torch.tensor([0, 1, 2, 3])
    assert torch.equal(rotate(rotate(x, turns), 4 - turns), x)


def test_a_quarter_turn_of_a_mirrored_image_is_a_mirrored_three_quarter_turn():
    x, _ = images(num=1)
    mirrored = rotate(x.flip(3), torch.tensor([1]))
    assert torch.equal(mirrored, rotate(x, torch.tensor([3])).flip(3))


def test_turning_keeps_the_memory_format():
    x = images()[0].contiguous(memory_format=torch.channels_last)
    assert rotate(x, torch.tensor([1, 2, 3, 0])).is_contiguous(memory_format=torch.channels_last)


def test_an_image_that_is_not_square_is_refused():
    with pytest.raises(InputError, match='4 x 6 are to be turned'):
        rotate(torch.zeros(1, 3, 4, 6), torch.tensor([2]))


def test_tiles_are_slices_of_the_image_each_inside_its_own_cell():
    x, samples = images(num=40, size=24)
    tiles = Tiles(grid=3, size=6)
    cut, corners = tiles.cut(x, samples, PREPROCESSOR), tiles.corners(24, 24, samples)
    assert cut.shape == (40, 9, 3, 6, 6)
    for n in range(40):
        for t in range(9):
            top, left = corners[n, t].tolist()
            assert torch.equal(cut[n, t], x[n, :, top : top + 6, left : left + 6])
            assert 8 * (t // 3) <= top <= 8 * (t // 3) + 2 and 8 * (t % 3) <= left <= 8 * (t % 3) + 2
    offsets = corners % 8
    assert offsets.unique().tolist() == [0, 1, 2]  # every place is taken by some


def test_standardized_tiles_have_mean_0_and_deviation_1_in_each_channel():
    x, samples = images()
    cut = Tiles(grid=2, size=9, standardize=True).cut(x * 5 + 3, samples, PREPROCESSOR)
    assert cut.mean(dim=(3, 4)).abs().max() < 1e-12
    assert torch.allclose(cut.std(dim=(3, 4), correction=0), torch.ones(4, 4, 3).double())
    flat = Tiles(grid=2, size=9, standardize=True).cut(torch.ones_like(x), samples, PREPROCESSOR)
    assert not flat.any()  # not NaN


def test_colours_that_change_nothing_leave_tiles_as_they_are_and_each_tile_draws_its_own():
    x, samples = images()
    plain = Tiles(grid=2, size=9).cut(x, samples, PREPROCESSOR)
    kept = Tiles(grid=2, size=9, colour=dict(flip_prob=0)).cut(x, samples, PREPROCESSOR)
    inside = (plain - PREPROCESSOR.shift) / PREPROCESSOR.scale
    assert inside.min() > -255  # what lies outside 0 to 255 is clipped, so compare what does not
    seen = (inside > 0) & (inside < 255)
    assert (kept - plain)[seen].abs().max() < 1e-4
    flipped = Tiles(grid=2, size=9, colour=dict(flip_prob=0.5)).cut(x, samples, PREPROCESSOR)
    same = [torch.allclose(a, b, atol=1e-4) for a, b in zip(flipped.flatten(0, 1), kept.flatten(0, 1))]
    mirrored = [
        torch.allclose(a, b.flip(2), atol=1e-4) for a, b in zip(flipped.flatten(0, 1), kept.flatten(0, 1))
    ]
    assert all(a != b for a, b in zip(same, mirrored)) and 0 < sum(same[:4]) < 4 + sum(mirrored[:4])
    assert 0 < sum(same) < len(same)


def test_shuffled_tiles_are_the_tiles_in_an_order_that_differs_between_images_and_steps():
    x, samples = images(num=8)
    shuffled = ShuffledTiles(grid=3, size=6)(x, samples, PREPROCESSOR)
    plain = Tiles(grid=3, size=6).cut(x, samples, PREPROCESSOR)
    orders = []
    for mine, all_tiles in zip(shuffled, plain):
        orders.append(
            [next(i for i, tile in enumerate(all_tiles) if torch.equal(tile, piece)) for piece in mine]
        )
        assert sorted(orders[-1]) == list(range(9))
    assert len(set(map(tuple, orders))) == 8
    MessageHub.get_current_instance().update_info('iter', 1)
    assert not torch.equal(shuffled, ShuffledTiles(grid=3, size=6)(x, samples, PREPROCESSOR))


def test_pieces_depend_on_the_image_not_on_its_place_in_the_batch():
    x, samples = images(num=6)
    backwards = [2, 0, 5]
    for transform in (
        ShuffledTiles(grid=2, size=5, colour=dict(jitter=(0.4, 0.4, 0.4, 0.1))),
        RandomRotation(),
    ):
        whole = transform(x, samples, PREPROCESSOR)
        part = transform(x[backwards], [samples[i] for i in backwards], PREPROCESSOR)
        assert torch.allclose(part, whole[backwards], atol=1e-5)


def test_random_rotations_are_all_four_turns():
    x, samples = images(num=64, size=4)
    pieces = RandomRotation()(x, samples, PREPROCESSOR)
    assert pieces.shape == (64, 1, 3, 4, 4)
    turns = [
        next(t for t in range(4) if torch.equal(torch.rot90(image, t, (1, 2)), piece[0]))
        for image, piece in zip(x, pieces)
    ]
    assert set(turns) == {0, 1, 2, 3}


def test_taking_pieces_in_an_order_and_in_its_inverse_gives_them_back():
    pieces = torch.randn(5, 9, 3, 2, 2)
    order = torch.stack([torch.randperm(9) for _ in range(5)])
    assert torch.equal(take(pieces, order)[2, 3], pieces[2, order[2, 3]])
    assert torch.equal(take(take(pieces, order), order.argsort(dim=1)), pieces)


def test_tiles_that_do_not_fit_are_refused():
    x, samples = images(size=24)
    with pytest.raises(InputError, match='3 x 3 cells of 8 x 8'):
        Tiles(grid=3, size=9).cut(x, samples, PREPROCESSOR)
    with pytest.raises(InputError, match='grid=0'):
        Tiles(grid=0)
