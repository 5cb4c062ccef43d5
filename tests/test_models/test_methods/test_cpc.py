"""CPC v2."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.necks.grid_predictor import DIRECTIONS, GridPredictor, oriented
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, grids, total

# where the patch lies that is predicted k ahead of the last seen (r, c) in each direction
AHEAD = dict(
    down=lambda r, c, k: (r + k, c),
    up=lambda r, c, k: (r - k, c),
    right=lambda r, c, k: (r, c + k),
    left=lambda r, c, k: (r, c - k),
)


def predictor(sides=5, **changes):
    settings = dict(in_channels=6, out_channels=4, hidden_channels=5, num_blocks=3, steps=(2,))
    made = GridPredictor(**{**settings, **changes}).double()
    return made, torch.randn(2, 6, sides, sides, dtype=torch.float64)


def test_loss_is_the_papers_sum_over_places_steps_and_directions():
    learner = build('cpc')
    patches, samples = grids()
    losses = learner.loss(patches, samples)
    z = torch.stack([learner.backbone(image.flatten(0, 1))[-1].mean(dim=(2, 3)) for image in patches])
    z = z.view(4, 4, 4, -1)  # image, row, column, D
    targets = learner.neck(z.flatten(0, 2))
    number = {
        (b, r, c): i
        for i, (b, r, c) in enumerate((b, r, c) for b in range(4) for r in range(4) for c in range(4))
    }
    grid = z.permute(0, 3, 1, 2)
    names = {'loss_' + name + 'topatch' for name in learner.predictor.names}
    assert names == {name for name in losses if 'loss' in name} and len(names) == 8
    for direction in DIRECTIONS:
        context = learner.predictor.contexts[direction](oriented(grid, direction)).relu()
        context = {  # undo the turn by hand
            (b, r, c): context[b, :, row, column]
            for b in range(4)
            for r in range(4)
            for c in range(4)
            for row, column in [dict(down=(r, c), up=(3 - r, c), right=(c, r), left=(3 - c, r))[direction]]
        }
        for k in (2, 3):
            terms = []
            for (b, r, c), seen in context.items():
                ahead = (b, *AHEAD[direction](r, c, k))
                if ahead in number:
                    logits = 0.1 * targets @ learner.predictor.predictions[f'{direction}{k}'](seen)
                    terms.append(-F.log_softmax(logits, dim=0)[number[ahead]])
            assert len(terms) == 4 * (4 - k) * 4
            expected = sum(terms) / len(terms)
            assert losses[f'loss_{direction}{k}topatch'].item() == pytest.approx(expected.item(), rel=1e-5)


def test_predictions_of_zero_cost_ln_of_all_patches_of_the_batch():
    learner = build('cpc')
    for prediction in learner.predictor.predictions.values():
        for parameter in prediction.parameters():
            torch.nn.init.zeros_(parameter)
    losses = learner.loss(*grids())
    for name in learner.predictor.names:
        assert losses[f'loss_{name}topatch'].item() == pytest.approx(math.log(4 * 16), abs=1e-6)
    assert losses['vs_chance'].item() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize('direction', DIRECTIONS)
def test_a_context_knows_its_row_and_those_before_it_and_nothing_ahead(direction):
    made, grid = predictor()
    before = made.context(grid, direction)
    for row in range(5):
        changed = oriented(grid, direction).clone()
        changed[:, :, row:] += torch.randn_like(changed[:, :, row:])
        undone = changed.flip(-2) if direction in ('up', 'left') else changed
        undone = undone.transpose(-2, -1) if direction in ('right', 'left') else undone
        after = made.context(undone, direction)
        assert torch.equal(after[:, :, :row], before[:, :, :row])
        assert (after[:, :, row] != before[:, :, row]).any()


def test_turned_grids_have_ahead_below():
    index = torch.arange(12).view(1, 3, 4)
    for direction, first in dict(down=[0, 4, 8], up=[8, 4, 0], right=[0, 1, 2, 3], left=[3, 2, 1, 0]).items():
        assert oriented(index, direction)[0, :, 0].tolist() == first


@pytest.mark.parametrize('direction', DIRECTIONS)
def test_targets_are_other_patches_of_the_same_image_in_the_same_line(direction):
    made, _ = predictor(directions=(direction,), steps=(1, 3))
    index = torch.arange(2 * 25).view(2, 5, 5)
    for k in (1, 3):
        targets = made.targets(index)[f'{direction}{k}'].tolist()
        assert len(set(targets)) == len(targets) == 2 * (5 - k) * 5
        seen = oriented(index, direction)[:, : 5 - k].flatten().tolist()
        for here, there in zip(seen, targets):
            (b, r, c), (b2, r2, c2) = ((i // 25, i % 25 // 5, i % 5) for i in (here, there))
            assert (b2, r2, c2) == (b, *AHEAD[direction](r, c, k))


def test_the_order_of_images_changes_nothing():
    patches, samples = grids()
    order = [2, 0, 3, 1]
    losses = [total(build('cpc').loss(x, samples)).item() for x in (patches, patches[order])]
    assert losses[0] == pytest.approx(losses[1], rel=1e-6)


def test_every_direction_has_networks_of_its_own_and_all_are_trained():
    learner = build('cpc')
    total(learner.loss(*grids())).backward()
    assert set(learner.predictor.contexts) == set(DIRECTIONS)
    assert all(p.grad is not None for p in learner.parameters())


def test_features_are_the_mean_over_patches_or_those_of_whole_images():
    learner = build('cpc').eval()
    patches, _ = grids()
    mean = learner.backbone(patches.flatten(0, 2))[-1].mean(dim=(2, 3)).view(4, 16, -1).mean(dim=1)
    assert torch.allclose(learner.features(patches).float(), F.normalize(mean, dim=1).float())
    (images,), _ = batch(views=1, size=16)
    assert learner.features(images).shape == (6, 16) and learner.embed(images).shape == (6, 8)


def test_a_patch_is_encoded_without_the_others():
    learner = build('cpc')
    patches, _ = grids()
    changed = patches.clone()
    changed[0, 0, 0] += 1
    same = (learner.encoder.grid(learner, patches) == learner.encoder.grid(learner, changed)).all(dim=-1)
    assert not same[0, 0, 0] and same.sum() == same.numel() - 1


def test_wrong_input_is_refused():
    with pytest.raises(InputError, match='PatchPreprocessor'):
        build('cpc').loss(*batch(views=1))
    with pytest.raises(InputError, match='shorter than the grid'):
        build('cpc').loss(*grids(sides=3))
    with pytest.raises(InputError, match='north'):
        predictor(directions=('north',))
    with pytest.raises(InputError, match='steps'):
        predictor(steps=(0,))
