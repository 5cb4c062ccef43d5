"""Time-contrastive networks."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.heads import TripletHead
from mmcl.models.losses import triplet
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, total


def slow(anchors, positives, negatives, times, margin, window):
    """The mean hinge, a triplet at a time."""
    distance = lambda a, b: sum((x - y) ** 2 for x, y in zip(a, b))  # noqa: E731
    terms = []
    for t, (anchor, positive) in enumerate(zip(anchors, positives)):
        far = [n for s, n in enumerate(negatives) if abs(times[s] - times[t]) > window]
        hinges = [max(distance(anchor, positive) - distance(anchor, n) + margin, 0) for n in far]
        terms.append(sum(hinges) / len(hinges) if hinges else 0)
    return sum(terms) / len(terms)


@pytest.mark.parametrize('window', [0, 2, 4])
def test_loss_is_the_sum_over_both_cameras_of_the_mean_hinge_over_other_times(window):
    learner = build('time_contrast', window=window)
    views, samples = batch(start=3)
    losses = learner.loss(views, samples)
    z = F.normalize(learner.project(torch.cat(views)), dim=1).chunk(2)
    first, second = (side.tolist() for side in z)
    times = list(range(3, 9))
    for name, a, b in (('loss_0to1', first, second), ('loss_1to0', second, first)):
        expected = slow(a, b, a, times, 0.5, window) / 2  # the mean of both directions
        assert losses[name].item() == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_shifting_both_cameras_in_time_changes_nothing():
    found = [
        total(build('time_contrast', window=1).loss(batch()[0], batch(start=start)[1])).item()
        for start in (0, 100)
    ]
    assert found[0] == pytest.approx(found[1], abs=1e-12)


def test_a_satisfied_margin_costs_nothing_and_equal_embeddings_cost_the_margin():
    apart = torch.eye(4, dtype=torch.float64)
    seen = ~torch.eye(4, dtype=torch.bool)
    assert triplet(apart, apart, apart, seen, margin=2.0).item() == 0
    assert triplet(apart, apart, apart, seen, margin=2.5).item() == pytest.approx(0.5)
    one = apart[:1].expand(4, 4)
    terms = TripletHead(margin=0.3)(one, one, one, seen)
    assert terms['loss'].item() == pytest.approx(0.3) and terms['chance'].item() == pytest.approx(0.3)


def test_frames_within_the_window_are_no_negatives_and_an_anchor_without_any_costs_nothing():
    learner = build('time_contrast', window=9)
    losses = learner.loss(*batch())
    assert total(losses).item() == 0


def test_training_tells_moments_apart_whatever_the_camera():
    generator = torch.Generator().manual_seed(0)
    moments = torch.randn(12, 3, 8, 8, generator=generator).double()

    def frames():
        cameras = [moments + camera for camera in (-0.5, 0.5)]
        return [x + 0.1 * torch.randn(x.shape, generator=generator).double() for x in cameras]

    learner = build('time_contrast')
    optimizer = torch.optim.Adam(learner.parameters(), lr=3e-3)
    samples = batch(num=12)[1]
    for _ in range(30):
        optimizer.zero_grad()
        total(learner.loss(frames(), samples)).backward()
        optimizer.step()
    with torch.no_grad():
        assert learner.loss(frames(), samples)['vs_chance'].item() < 0.3


def test_numbers_outside_their_range_are_refused():
    with pytest.raises(InputError, match='window=-1'):
        build('time_contrast', window=-1)
    with pytest.raises(InputError, match='margin=0'):
        TripletHead(margin=0)
