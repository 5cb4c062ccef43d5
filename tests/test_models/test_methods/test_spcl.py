"""SpCL: the algorithm box, without and with a source."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.norm import DomainBatchNorm
from tests.test_models.tiny import batch, build, total

TEMPERATURE = 0.2


def filled(classes=0, instances=8, clusters=(0, 0, 1, 1, 1, 2, 3, 4), **changes):
    learner = build('spcl', **changes)
    torch.manual_seed(1)
    learner.memory.fill(torch.randn(classes, 32), torch.randn(instances, 32))
    learner.memory.assign(torch.tensor(clusters), epoch=0, threshold=0.0)
    return learner


def slow(learner, f, rows):
    memory = learner.memory
    labels = memory.labels
    means = torch.stack([memory.bank[labels == c].mean(dim=0) for c in range(int(labels.max()) + 1)])
    return F.cross_entropy(f @ means.T / TEMPERATURE, labels[rows])


def test_one_step_equals_the_algorithm_box():
    learner = filled()
    inputs, samples = batch(num=5, views=1, start=2)
    rows = torch.arange(2, 7)
    f = F.normalize(learner.neck(learner.backbone(inputs[0])), dim=1).detach()
    expected, bank = slow(learner, f, rows), learner.memory.bank.clone()
    again = filled()
    losses = again.loss(inputs, samples)
    assert total(losses).item() == pytest.approx(expected.item())
    moved = F.normalize(0.2 * bank[rows] + 0.8 * f, dim=1)
    torch.testing.assert_close(again.memory.bank[rows], moved)
    torch.testing.assert_close(again.memory.bank[:2], bank[:2])
    total(losses).backward()
    named = dict(again.named_parameters())
    assert named['neck.norm.bias'].grad is None and named['neck.norm.weight'].grad is not None


def domains(num=6, classes=3):
    """Half a batch of source images, which lie behind the eight target images in the dataset, then target images."""
    inputs, samples = batch(num=num, views=1)
    for i, sample in enumerate(samples):
        source = i < num // 2
        sample.set_field(8 + i if source else i, 'sample_idx', field_type='metainfo')
        sample.set_gt_label(i % classes if source else -1)
    return inputs, samples


def test_source_images_are_told_by_their_class_and_target_images_by_their_cluster():
    learner = filled(classes=3, domain_norm=True)
    inputs, samples = domains()
    f = F.normalize(learner.neck(learner.backbone(inputs[0])), dim=1).detach()
    rows = torch.tensor([0, 1, 2, 3 + 3, 3 + 4, 3 + 5])
    expected = slow(learner, f[:3], rows[:3]) + slow(learner, f[3:], rows[3:])
    again = filled(classes=3, domain_norm=True)
    losses = again.loss(inputs, samples)
    assert total(losses).item() == pytest.approx(expected.item())
    assert set(losses) >= {'loss_0to0', 'loss_source'}
    assert not torch.equal(again.memory.bank[:3], learner.memory.bank[:3])
    assert any(isinstance(module, DomainBatchNorm) for module in again.backbone.modules())
    assert isinstance(again.neck.norm, DomainBatchNorm)


def test_predictions_are_backbone_features_and_embeddings():
    learner = filled().eval()
    inputs, samples = batch(num=3, views=1)
    learner(inputs[0], samples, mode='predict')
    torch.testing.assert_close(samples[1].feature, learner.features(inputs[0])[1])
    torch.testing.assert_close(samples[1].embedding, learner.embed(inputs[0])[1])


def test_training_pulls_images_to_their_clusters():
    learner = filled(head=dict(type='ContrastiveHead', temperature=0.1))
    optimizer = torch.optim.Adam(learner.parameters(), lr=3e-3)
    found = []
    for _ in range(25):
        inputs, samples = batch(num=8, views=1)
        inputs = [inputs[0] + 0.1 * torch.randn_like(inputs[0])]
        optimizer.zero_grad()
        losses = learner.loss(inputs, samples)
        total(losses).backward()
        optimizer.step()
        found.append(losses['vs_chance'].item())
    assert sum(found[-5:]) < 0.5 * sum(found[:5])
