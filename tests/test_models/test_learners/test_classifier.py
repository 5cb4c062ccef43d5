"""A classifier starts from a pre-trained network's first projector layer, strictly."""

import math

import pytest
import torch

from mmcl.models.necks import pool
from mmcl.registry import MODELS
from mmcl.utils.errors import InputError
from tests.test_models.tiny import BACKBONE, FIRST_LAYER, METHODS, NECK, batch, build

DEEP = {**NECK, 'num_layers': 3, 'bias': False, 'last_bias': False, 'last_norm': 'scale'}
FIRST = {**FIRST_LAYER, 'last_bias': False}


@pytest.fixture
def pretrained(tmp_path):
    """A pre-trained learner whose batch norm has seen images, and its checkpoint."""
    learner = build('simclr', seed=1, neck=DEEP)
    with torch.no_grad():
        learner.loss(*batch())
        for parameter in learner.parameters():
            parameter += 0.1 * torch.randn_like(parameter)
    learner.float().double()  # numbers that a checkpoint in fp32 holds exactly
    path = str(tmp_path / 'epoch_3.pth')
    torch.save(dict(state_dict=learner.state_dict()), path)
    return learner, path


def labelled(num=6, classes=3):
    inputs, samples = batch(num, views=1)
    for i, sample in enumerate(samples):
        sample.set_gt_label(i % classes)
    return inputs, samples


def test_it_starts_from_the_relu_of_the_projectors_first_layer(pretrained):
    learner, path = pretrained
    classifier = build('classifier', seed=2, neck=FIRST, pretrained=path).eval()
    learner.eval()
    images = batch(views=1)[0][0]
    h = pool(learner.backbone(images))
    linear, norm = learner.neck.layers[0], learner.neck.layers[1]
    expected = norm(h @ linear.weight.T).clamp(min=0)
    assert torch.equal(classifier.project(images), expected)
    assert torch.equal(classifier.project(images), learner.neck.layers[:3](h))
    assert (classifier.logits(images) == 0).all()  # the classifier on top is new
    assert torch.equal(classifier.features(images), learner.features(images))


def test_without_a_neck_it_starts_from_the_backbone(pretrained):
    learner, path = pretrained
    head = dict(type='ClassifierHead', in_channels=32, num_classes=3)
    classifier = build('classifier', neck=None, head=head, pretrained=path, pretrained_parts=['backbone'])
    images = batch(views=1)[0][0]
    assert torch.equal(classifier.eval().project(images), pool(learner.eval().backbone(images)))


def test_the_log_says_what_was_loaded_and_what_was_left(pretrained, monkeypatch):
    said = []
    monkeypatch.setattr('mmcl.models.learners.start_from.print_log', lambda text, *args: said.append(text))
    build('classifier', neck=FIRST, pretrained=pretrained[1])
    assert 'all tensors found, 120 of backbone, 6 of neck' in said[0]
    assert 'Left: 1 of neck.layers.3, 5 of neck.layers.4, 1 of neck.layers.6, 5 of neck.layers.7.' in said[0]


def broken(state, what):
    if what == 'missing':
        del state['backbone.layer1.0.bn1.running_var']
    elif what == 'shape':
        state['neck.layers.0.weight'] = state['neck.layers.0.weight'][:, :5]
    elif what == 'surplus':
        state['backbone.layer9.weight'] = torch.zeros(2)
    return state


@pytest.mark.parametrize(
    'what, words',
    [
        ('missing', 'lacks backbone.layer1.0.bn1.running_var of 126'),
        ('shape', r'neck.layers.0.weight of shape \(16, 5\)'),
        ('surplus', 'holds backbone.layer9.weight, which this model lacks'),
    ],
)
def test_a_checkpoint_that_does_not_fit_is_refused(what, words, pretrained, tmp_path):
    torch.save(broken(dict(pretrained[0].state_dict()), what), tmp_path / 'broken.pth')
    with pytest.raises(InputError, match=words):
        build('classifier', neck=FIRST, pretrained=str(tmp_path / 'broken.pth'))


def test_a_part_that_the_model_lacks_is_refused(pretrained):
    head = dict(type='ClassifierHead', in_channels=32, num_classes=3)
    with pytest.raises(InputError, match='has no neck to start from'):
        build('classifier', neck=None, head=head, pretrained=pretrained[1])


def test_a_classifier_can_start_from_all_of_another(tmp_path):
    first = build('classifier', seed=1, head={**METHODS['classifier']['head'], 'init_std': 1.0})
    torch.save(first.state_dict(), tmp_path / 'first.pth')
    parts = ('backbone', 'neck', 'head')
    second = build('classifier', seed=2, pretrained=str(tmp_path / 'first.pth'), pretrained_parts=parts)
    images = batch(views=1)[0][0]
    assert torch.equal(first.eval().logits(images), second.eval().logits(images))


def test_one_step_gives_cross_entropy_and_gradients_everywhere():
    classifier = build('classifier', head={**METHODS['classifier']['head'], 'init_std': 0.5})
    inputs, samples = labelled()
    losses = classifier.loss(inputs, samples)
    log_p = build('classifier', head={**METHODS['classifier']['head'], 'init_std': 0.5}).logits(inputs[0])
    expected = -log_p.log_softmax(dim=1)[range(6), [0, 1, 2, 0, 1, 2]].mean()
    assert losses['loss'].item() == pytest.approx(expected.item(), rel=1e-9)
    assert losses['vs_chance'].item() == pytest.approx(expected.item() / math.log(3), rel=1e-6)
    losses['loss'].backward()
    assert all(p.grad is not None for p in classifier.parameters())


def test_predictions_are_scores_a_label_and_a_feature():
    classifier = build('classifier', head={**METHODS['classifier']['head'], 'init_std': 0.5}).eval()
    inputs, samples = labelled()
    classifier(inputs[0], samples, mode='predict')
    logits = classifier(inputs[0])
    for sample, row, feature in zip(samples, logits, classifier.features(inputs[0])):
        assert torch.allclose(sample.pred_score, row.softmax(dim=0))
        assert sample.pred_label.item() == row.argmax()
        assert torch.allclose(sample.feature, feature)


def test_images_without_a_label_or_with_a_wrong_one_are_refused():
    inputs, samples = labelled()
    samples[2] = type(samples[2])(metainfo=dict(sample_idx=2))
    with pytest.raises(InputError, match=r'label \[-1\].*only=True'):
        build('classifier').loss(inputs, samples)
    samples[2].set_gt_label(3)
    with pytest.raises(InputError, match=r'label \[3\].*0 to 2'):
        build('classifier').loss(inputs, samples)


def test_several_views_of_an_image_are_refused():
    inputs, samples = labelled()
    with pytest.raises(InputError, match='given 2 views'):
        build('classifier').loss(inputs * 2, samples)


def test_a_head_in_the_place_of_a_neck_is_refused():
    with pytest.raises(InputError, match='belongs to heads'):
        MODELS.build(
            dict(type='Classifier', backbone=BACKBONE, neck=METHODS['classifier']['head'], head=None)
        )


def test_the_last_layer_keeps_its_digits_under_autocast():
    classifier = build('classifier', head={**METHODS['classifier']['head'], 'init_std': 0.5}).float().eval()
    images = batch(views=1)[0][0].float()
    with torch.autocast('cpu', torch.bfloat16):
        features, logits = classifier.project(images), classifier.logits(images)
    assert features.dtype == torch.bfloat16 and logits.dtype == torch.float32
    assert torch.equal(logits, classifier.head(features.float()))
