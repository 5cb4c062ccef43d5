"""Prediction of one view from another."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.heads import PixelHead
from mmcl.models.necks import MapDecoder
from mmcl.utils.errors import InputError
from tests.test_models.tiny import BACKBONE, batch, build, total

THREE = dict(
    num_views=3,
    backbone=dict(type='ViewBackbones', branches=[BACKBONE] * 3),
    decoders=[
        dict(type='MapDecoder', in_channels=32, out_channels=3, num_doublings=1, norm_cfg=dict(type='BN'))
    ]
    * 3,
)


def slow(prediction, image, order):
    """The mean difference, a place at a time, with an image averaged over the places of a coarser one."""
    num, channels, height, width = prediction.shape
    side, terms = image.shape[2] // height, []
    for n in range(num):
        for c in range(channels):
            for i in range(height):
                for j in range(width):
                    patch = image[n, c, i * side : (i + 1) * side, j * side : (j + 1) * side]
                    terms.append(abs(prediction[n, c, i, j].item() - patch.mean().item()) ** order)
    return sum(terms) / len(terms)


@pytest.mark.parametrize('order', [1, 2])
def test_loss_is_the_sum_of_both_predictions_differences(order):
    learner = build('view_prediction', head=dict(type='PixelHead', order=order)).eval()
    (image,), samples = batch(views=1)
    losses = learner.loss([image], samples)
    views = [image[:, :1], image[:, 1:]]
    for a, b in ((0, 1), (1, 0)):
        made = learner.decoders[f'{a}to{b}'](learner.backbone.branches[a](views[a])[-1])
        assert made.shape == (6, views[b].shape[1], 4, 4)  # of a map of one place
        assert losses[f'loss_{a}to{b}'].item() == pytest.approx(slow(made, views[b], order), rel=1e-6)
    assert total(losses).item() == pytest.approx(sum(losses[k].item() for k in ('loss_0to1', 'loss_1to0')))


def test_a_perfect_prediction_costs_nothing_and_the_mean_colour_costs_chance():
    image = torch.randn(5, 2, 8, 8)
    assert PixelHead()(F.avg_pool2d(image, 4), image)['loss'].item() == pytest.approx(0, abs=1e-6)
    mean = F.avg_pool2d(image, 4).mean(dim=(0, 2, 3), keepdim=True).expand(5, 2, 2, 2)
    terms = PixelHead()(mean, image)
    assert terms['loss'].item() == pytest.approx(terms['chance'].item(), rel=1e-5)


def test_each_pair_has_a_decoder_of_its_own_and_all_learn():
    learner = build('view_prediction', **THREE, graph='full')
    views, samples = batch(views=3)
    losses = learner.loss(views, samples)
    assert len(learner.decoders) == 6 and len([k for k in losses if 'loss' in k]) == 6
    total(losses).backward()
    assert all(p.grad is not None and p.grad.any() for p in learner.parameters())


def test_a_view_is_predicted_from_the_other_alone():
    learner = build('view_prediction')
    (image,), samples = batch(views=1)
    learner.loss([image], samples)['loss_0to1'].backward()
    assert learner.backbone.branches[0].conv1.weight.grad.any()
    assert learner.backbone.branches[1].conv1.weight.grad is None


def test_spread_is_that_of_the_first_views_features():
    learner = build('view_prediction').eval()
    (image,), samples = batch(views=1)
    features = F.normalize(learner.backbone.view(0, image), dim=1)
    expected = features.std(dim=0, unbiased=False).mean() * features.shape[1] ** 0.5
    assert learner.loss([image], samples)['spread'].item() == pytest.approx(expected.item(), rel=1e-6)


def test_features_are_those_of_all_views():
    learner = build('view_prediction').eval()
    (image,), _ = batch(views=1)
    both = torch.cat([learner.backbone.view(v, image) for v in range(2)], dim=1)
    torch.testing.assert_close(learner.features(image), F.normalize(both, dim=1))
    torch.testing.assert_close(learner.embed(image), F.normalize(both, dim=1))


def test_training_predicts_new_images_better_than_their_mean_colour():
    generator = torch.Generator().manual_seed(0)

    def images(num):
        pattern = torch.randn(num, 1, 1, 1, generator=generator).double()
        mixed = pattern * torch.tensor([1.0, 0.8, -0.6]).double()[:, None, None]
        return mixed + 0.1 * torch.randn(num, 3, 8, 8, generator=generator).double()

    learner = build('view_prediction')
    optimizer = torch.optim.Adam(learner.parameters(), lr=1e-2)
    for _ in range(40):
        optimizer.zero_grad()
        total(learner.loss([images(12)], batch(num=12)[1])).backward()
        optimizer.step()
    with torch.no_grad():
        assert learner.loss([images(12)], batch(num=12)[1])['vs_chance'].item() < 0.6


def test_wrong_parts_are_refused():
    with pytest.raises(InputError, match='3 decoders for 2 views'):
        build('view_prediction', decoders=THREE['decoders'])
    with pytest.raises(InputError, match='num_doublings=3 for 4 channels'):
        MapDecoder(4, 3, 3)
    with pytest.raises(InputError, match='order=3'):
        PixelHead(order=3)
    with pytest.raises(InputError, match="ViewPrediction has graph='ring'"):
        build('view_prediction', graph='ring')
