"""Deep InfoMax, AMDIM, CMC and CPC learn: after some steps they tell apart images that they have not seen."""

import pytest
import torch
import torch.nn.functional as F

from tests.test_models.tiny import batch, build, total

# changes, learning rate, steps, share of the loss of knowing nothing that new images may cost at the end
CASES = dict(
    deep_infomax=(
        dict(head=dict(type='MutualInfoHead', estimator='infonce'), prior=None),
        3e-2,
        30,
        0.9,
    ),
    amdim=({}, 1e-2, 25, 0.85),
    cmc=({}, 3e-2, 30, 0.9),
    cpc=(
        dict(
            head=dict(type='ContrastiveHead', temperature=0.5),
            predictor=dict(
                type='GridPredictor',
                in_channels=16,
                out_channels=8,
                hidden_channels=8,
                num_blocks=1,
                steps=(2,),
            ),
        ),
        1e-2,
        40,
        0.97,
    ),
)


def images(num: int, size: int, corners: int, seed: int) -> torch.Tensor:
    """Smooth patterns, another one in each image; each channel is a mix of the same two."""
    generator = torch.Generator().manual_seed(seed)
    pattern = torch.randn(num, 2, corners, corners, generator=generator, dtype=torch.float64)
    mixed = torch.einsum(
        'nchw,dc->ndhw', pattern, torch.tensor([[1.0, 0.5], [0.8, -0.6], [-0.4, 1.0]]).double()
    )
    clean = F.interpolate(mixed, size=(size, size), mode='bilinear', align_corners=True)
    return clean + 0.1 * torch.randn(clean.shape, generator=generator, dtype=torch.float64)


def inputs(name: str, seed: int, num: int = 10):
    """What the method is given, and the samples."""
    _, samples = batch(num=num)
    if name == 'cpc':
        grid = images(num, 16, 1, seed).unfold(2, 4, 4).unfold(3, 4, 4)
        return [grid.permute(0, 2, 3, 1, 4, 5)], samples
    clean = images(num, 8, 1 if name == 'cmc' else 2, seed)
    return [clean, clean + 0.1 * torch.randn_like(clean)], samples


@pytest.mark.parametrize('name', CASES)
def test_training_lowers_the_loss_of_new_images_below_chance(name):
    changes, lr, steps, most = CASES[name]
    learner = build(name, **changes)
    optimizer = torch.optim.Adam(learner.parameters(), lr=lr)
    for step in range(steps):
        optimizer.zero_grad()
        total(learner.loss(*inputs(name, step))).backward()
        optimizer.step()
    with torch.no_grad():
        found = [learner.loss(*inputs(name, seed))['vs_chance'].item() for seed in range(1000, 1006)]
    assert sum(found) / len(found) < most, found
