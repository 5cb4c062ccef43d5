"""mixup for classifiers, through MMPretrain's batch augmentation."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmengine.logging import MessageHub

from mmcl.registry import MODELS
from mmcl.utils.errors import InputError
from tests.test_models.tiny import BACKBONE, batch, build, total

CLASSES = 3


def preprocessor(alpha=1.0, **changes):
    augments = dict(augments=[dict(type='Mixup', alpha=alpha)])
    cfg = dict(
        type='BatchAugmentPreprocessor', batch_augments=augments, num_classes=CLASSES, mean=[0.0], std=[1.0]
    )
    return MODELS.build({**cfg, **changes})


def labelled(num=6, start=0):
    inputs, samples = batch(num, views=1, start=start)
    for i, sample in enumerate(samples):
        sample.set_gt_label(i % CLASSES)
    return dict(inputs=[inputs[0].float()], data_samples=samples)


def fixed(monkeypatch, share, order=None):
    monkeypatch.setattr(np.random, 'beta', lambda *_: share)
    if order is not None:
        monkeypatch.setattr(torch, 'randperm', lambda num: torch.tensor(order))


def loss_of(data):
    classifier = build(
        'classifier', head=dict(type='ClassifierHead', in_channels=16, num_classes=CLASSES, init_std=0.5)
    )
    losses = classifier.loss(data['inputs'].double(), data['data_samples'])
    logits = build(
        'classifier', head=dict(type='ClassifierHead', in_channels=16, num_classes=CLASSES, init_std=0.5)
    ).logits(data['inputs'].double())
    return losses, logits


def test_mixed_loss_is_the_weighted_sum_of_two_cross_entropies(monkeypatch):
    order, plain = [2, 0, 1, 5, 3, 4], labelled()
    fixed(monkeypatch, 0.3, order)
    data = preprocessor()(labelled(), training=True)
    torch.testing.assert_close(data['inputs'], 0.3 * plain['inputs'][0] + 0.7 * plain['inputs'][0][order])
    losses, logits = loss_of(data)
    y = torch.arange(6) % CLASSES
    expected = 0.3 * F.cross_entropy(logits, y) + 0.7 * F.cross_entropy(logits, y[order])
    assert losses['loss'].item() == pytest.approx(expected.item(), rel=1e-6)
    soft = 0.3 * F.one_hot(y, CLASSES) + 0.7 * F.one_hot(y[order], CLASSES)
    assert losses['loss'].item() == pytest.approx(F.cross_entropy(logits, soft.double()).item(), rel=1e-6)
    best = logits.argmax(1)
    hits = 0.3 * (best == y).double().mean() + 0.7 * (best == y[order]).double().mean()
    assert losses['hits'].item() == pytest.approx(hits.item(), rel=1e-6)


@pytest.mark.parametrize('alpha', [0, 1.0])
def test_a_share_of_1_and_an_alpha_of_0_are_cross_entropy(alpha, monkeypatch):
    fixed(monkeypatch, 1.0)
    data = preprocessor(alpha)(labelled(), training=True)
    assert torch.equal(data['inputs'], labelled()['inputs'][0])
    losses, logits = loss_of(data)
    expected = F.cross_entropy(logits, torch.arange(6) % CLASSES)
    assert losses['loss'].item() == pytest.approx(expected.item(), rel=1e-12)


def test_partners_that_are_themselves_leave_images_and_labels(monkeypatch):
    fixed(monkeypatch, 0.4, range(6))
    data = preprocessor()(labelled(), training=True)
    torch.testing.assert_close(data['inputs'], labelled()['inputs'][0])
    scores = torch.stack([sample.gt_score for sample in data['data_samples']])
    torch.testing.assert_close(scores, F.one_hot(torch.arange(6) % CLASSES, CLASSES).float())


def test_a_tiny_alpha_gives_one_of_the_two_images():
    mix, small = preprocessor(1e-3), 0
    for iteration in range(200):
        MessageHub.get_current_instance().update_info('iter', iteration)
        scores = torch.stack([s.gt_score for s in mix(labelled(), training=True)['data_samples']])
        small += bool((torch.minimum(scores, 1 - scores) < 1e-3).all())
    assert small > 0.98 * 200


def test_draws_follow_the_iteration_and_leave_the_random_states_alone():
    mix, hub = preprocessor(), MessageHub.get_current_instance()
    before = torch.get_rng_state(), np.random.get_state()[1].copy()
    first = mix(labelled(), training=True)['inputs']
    assert torch.equal(torch.get_rng_state(), before[0]) and (np.random.get_state()[1] == before[1]).all()
    assert torch.equal(mix(labelled(), training=True)['inputs'], first)
    hub.update_info('iter', 1)
    assert not torch.equal(mix(labelled(), training=True)['inputs'], first)


def test_evaluation_mixes_nothing():
    data = preprocessor()(labelled(), training=False)
    assert torch.equal(data['inputs'][0], labelled()['inputs'][0])
    assert 'gt_score' not in data['data_samples'][0]


def test_mmpretrains_classifier_has_the_same_loss():
    data = preprocessor()(labelled(), training=True)
    torch.manual_seed(0)
    head = dict(type='ClassifierHead', in_channels=32, num_classes=CLASSES, init_std=0.5)
    ours = build('classifier', neck=None, head=head)
    theirs = MODELS.build(
        dict(
            type='ImageClassifier',
            backbone=BACKBONE,
            neck=dict(type='GlobalAveragePooling'),
            head=dict(type='LinearClsHead', num_classes=CLASSES, in_channels=32),
        )
    ).double()
    theirs.backbone.load_state_dict(ours.backbone.state_dict())
    theirs.head.fc.load_state_dict(ours.head.fc.state_dict())
    images, samples = data['inputs'].double(), data['data_samples']
    one, other = (total(learner.train().loss(images, samples)).item() for learner in (ours, theirs))
    assert one == pytest.approx(other, rel=1e-6)


def test_several_views_and_unknown_classes_are_refused():
    data = labelled()
    with pytest.raises(InputError, match='2 views'):
        preprocessor()(dict(data, inputs=data['inputs'] * 2), training=True)
    data['data_samples'][0].set_gt_label(7)
    with pytest.raises(InputError, match=r'label \[7\]'):
        preprocessor()(data, training=True)
