"""Classifiers with a noisy code."""

import pytest
import torch

from mmcl.models.encoders.base import unit
from tests.test_models.tiny import METHODS, NECK, batch, build, total


def labelled(num=12, classes=3, seed=0):
    """Images that say their class in a channel's mean."""
    inputs, samples = batch(num, views=1, seed=seed)
    for i, sample in enumerate(samples):
        sample.set_gt_label(i % classes)
        inputs[0][i, i % classes] += 1.5
    return inputs, samples


def test_features_are_the_codes_parameters_and_predictions_are_of_the_mean_code():
    learner = build('vib').eval()
    inputs, samples = labelled()
    parameters = learner.neck(learner.backbone(inputs[0]))
    assert torch.equal(learner.judged(inputs[0]), parameters)
    assert torch.equal(learner.logits(inputs[0]), learner.head.fc(parameters[:, :4]))
    assert torch.equal(learner.embed(inputs[0]), unit(parameters[:, :4]))
    learner(inputs[0], samples, mode='predict')
    torch.testing.assert_close(samples[3].pred_score, learner.logits(inputs[0])[3].softmax(dim=0))


@pytest.mark.parametrize('name', ['vib', 'ceb'])
def test_every_parameter_has_a_gradient(name):
    learner = build(name)
    total(learner.loss(*labelled())).backward()
    assert all(p.grad is not None and p.grad.abs().sum() > 0 for p in learner.parameters())


@pytest.mark.parametrize('name', ['vib', 'ceb'])
def test_training_finds_a_code_that_tells_the_class_and_a_price_lowers_its_rate(name):
    ends = {}
    for beta in (0.01, 0.5):
        learner = build(
            name, head={**METHODS[name]['head'], 'beta': beta, 'std': 1.0}, neck={**NECK, 'out_channels': 4}
        )
        optimizer = torch.optim.Adam(learner.parameters(), lr=2e-2)
        for step in range(60):
            optimizer.zero_grad()
            losses = learner.loss(*labelled(seed=step))
            total(losses).backward()
            optimizer.step()
        ends[beta] = losses
    assert ends[0.01]['hits'] > 0.8 and ends[0.01]['information'] > 0.4
    assert ends[0.5]['rate'] < ends[0.01]['rate']
