"""A student and its teacher."""

import copy

import pytest
import torch

from mmcl.apis import load_weights
from mmcl.models.losses import distillation
from mmcl.models.norm import convert
from mmcl.registry import MODELS
from mmcl.utils.errors import InputError
from tests.test_models.tiny import BACKBONE, METHODS, batch, build, total


def some_labelled(num=6):
    inputs, samples = batch(num, views=1)
    samples[1].set_gt_label(2)
    return inputs, samples


def test_the_student_learns_the_teachers_predictions_of_the_same_view():
    learner = build('distill', head={**METHODS['distill']['head'], 'alpha': 1.0})
    inputs, samples = some_labelled()
    twin = copy.deepcopy(learner)
    expected = distillation(
        twin.logits(inputs[0]), twin.teacher.eval().logits(inputs[0]).detach(), temperature=0.5
    )
    losses = learner.loss(inputs, samples)
    assert total(losses).item() == pytest.approx(0.25 * expected.item(), rel=1e-9)


def test_the_teacher_is_unchanged_by_training_and_has_no_gradient():
    learner = build('distill')
    before = copy.deepcopy(learner.teacher.state_dict())
    optimizer = torch.optim.SGD(learner.parameters(), lr=0.5, momentum=0.9, weight_decay=0.1)
    student = learner.backbone.conv1.weight.detach().clone()
    for _ in range(3):
        optimizer.zero_grad()
        total(learner.loss(*some_labelled())).backward()
        optimizer.step()
    after = learner.teacher.state_dict()
    assert all(torch.equal(before[key], after[key]) for key in before)  # statistics of batch norm, too
    assert all(p.grad is None and not p.requires_grad for p in learner.teacher.parameters())
    assert not torch.equal(student, learner.backbone.conv1.weight)


def test_the_teacher_stays_in_evaluation_mode_so_targets_do_not_depend_on_the_batch():
    learner = build('distill')
    learner.train()
    assert learner.backbone.training and not any(m.training for m in learner.teacher.modules())
    images = batch(views=1)[0][0]
    apart = torch.cat([learner.targets(image[None])['teacher'] for image in images])
    assert torch.allclose(learner.targets(images)['teacher'], apart, atol=1e-12)


def test_a_student_that_is_its_teacher_has_nothing_to_learn():
    learner = build('distill', head={**METHODS['distill']['head'], 'alpha': 1.0})
    learner.teacher = (
        copy.deepcopy(
            MODELS.build(
                dict(
                    type='Classifier',
                    backbone=BACKBONE,
                    head=dict(type='ClassifierHead', in_channels=32, num_classes=3),
                )
            )
        )
        .double()
        .eval()
    )
    learner.teacher.backbone.load_state_dict(learner.backbone.state_dict())
    learner.teacher.head.load_state_dict(learner.head.state_dict())
    learner.eval()
    losses = learner.loss(*some_labelled())
    total(losses).backward()
    assert losses['excess'].abs() < 1e-12 and losses['agreement'] == 1
    assert max(p.grad.abs().max() for p in learner.parameters() if p.grad is not None) < 1e-12


def test_labels_are_learned_where_they_are_known():
    learner = build('distill')
    losses = learner.loss(*some_labelled())
    assert set(losses) >= {'loss_distill', 'loss_label'} and losses['loss_label'] > 0
    none = learner.loss(*batch(views=1))
    assert none['loss_label'] == 0


def test_a_checkpoint_holds_the_teacher_and_its_weights_are_not_needed_for_features(tmp_path):
    learner = build('distill').float()
    state = learner.state_dict()
    assert any(key.startswith('teacher.') for key in state)
    torch.save({k: v for k, v in state.items() if not k.startswith('teacher.')}, tmp_path / 'student.pth')
    other = build('distill', seed=5).float()
    load_weights(other, tmp_path / 'student.pth')
    assert torch.equal(other.head.fc.weight, learner.head.fc.weight)


def test_averaging_statistics_over_processes_leaves_the_teachers_alone(monkeypatch):
    learner = build('distill')
    teacher = copy.deepcopy(learner.teacher.state_dict())
    student = learner.backbone.bn1.running_mean.clone()
    monkeypatch.setattr(convert, 'world_size', lambda: 3)
    monkeypatch.setattr(convert, 'sum_with_grad', lambda x: 3 * (x + 1))
    convert.average_statistics(learner)
    assert torch.allclose(learner.backbone.bn1.running_mean, student + 1)
    assert all(torch.equal(teacher[key], value) for key, value in learner.teacher.state_dict().items())


def test_a_head_that_takes_no_teacher_is_refused():
    with pytest.raises(InputError, match='ClassifierHead, which takes no teacher'):
        build('distill', head=dict(type='ClassifierHead', in_channels=32, num_classes=3))


def test_a_teacher_of_other_classes_is_refused():
    head = {**METHODS['distill']['head'], 'num_classes': 4}
    with pytest.raises(InputError, match='The teacher knows 3 classes, the student 4'):
        build('distill', head=head)
