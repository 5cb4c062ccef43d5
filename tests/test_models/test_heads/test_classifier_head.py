"""The classifier and the student's head."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.heads import ClassifierHead, DistillHead
from mmcl.utils.errors import InputError
from tests.test_models.tiny import slow_distillation

LABELS = torch.tensor([1, -1, 0, -1, -1, 2])


def logits():
    return torch.randn(2, 6, 3, dtype=torch.float64)


def total(losses):
    return sum(value for key, value in losses.items() if 'loss' in key)


def test_a_classifier_starts_at_the_loss_of_chance():
    head = ClassifierHead(4, 3)
    head.init_weights()
    scores = head(torch.randn(6, 4))
    losses = head.loss(scores, LABELS.clamp(min=0))
    assert (scores == 0).all()
    assert losses['loss'].item() == pytest.approx(math.log(3))
    assert losses['vs_chance'].item() == pytest.approx(1)


@pytest.mark.parametrize('alpha', [0.0, 0.3, 1.0])
@pytest.mark.parametrize('temperature, scale_by_t2', [(0.1, True), (0.1, False), (2.0, True)])
def test_both_terms_are_the_papers_sums_over_the_batch(alpha, temperature, scale_by_t2):
    student, teacher = logits()
    head = DistillHead(4, 3, temperature, alpha, scale_by_t2)
    expected = alpha * slow_distillation(student, teacher, temperature)
    expected *= temperature**2 if scale_by_t2 else 1
    for n, label in enumerate(LABELS.tolist()):
        if label >= 0:
            expected -= (1 - alpha) * math.log(student[n].softmax(dim=0)[label]) / 6
    losses = head.loss(student, LABELS, teacher)
    assert total(losses).item() == pytest.approx(expected, rel=1e-9)
    assert ('loss_label' in losses) == (alpha < 1)


def test_without_the_teachers_term_it_is_supervised_cross_entropy():
    student, teacher = logits()
    labels = LABELS.clamp(min=0)
    losses = DistillHead(4, 3, alpha=0.0).loss(student, labels, teacher)
    assert torch.allclose(total(losses), F.cross_entropy(student, labels))


def test_alone_the_teachers_term_does_not_look_at_labels():
    student, teacher = logits()
    head = DistillHead(4, 3, 0.1)
    one, other = head.loss(student, LABELS, teacher), head.loss(student, torch.full((6,), -1), teacher)
    assert torch.equal(total(one), total(other))


def test_the_supervised_term_has_temperature_1():
    student, teacher = logits()
    one, other = (DistillHead(4, 3, t, alpha=0.5).loss(student, LABELS, teacher) for t in (0.1, 1.0))
    assert torch.equal(one['loss_label'], other['loss_label'])


def test_with_t_squared_the_gradient_hardly_depends_on_a_high_temperature():
    student, teacher = logits()
    sizes = []
    for t in (20.0, 40.0):
        x = student.clone().requires_grad_()
        total(DistillHead(4, 3, t).loss(x, LABELS, teacher)).backward()
        sizes.append(x.grad.norm().item())
    assert sizes[0] == pytest.approx(sizes[1], rel=0.05)


def test_statistics_tell_ignorance_and_agreement():
    _, teacher = logits()
    head = DistillHead(4, 3, 0.5, alpha=0.4)
    ignorant = head.loss(torch.zeros(6, 3).double(), LABELS, teacher)
    agreeing = head.loss(teacher, LABELS, teacher)
    assert ignorant['vs_chance'].item() == pytest.approx(1)
    assert agreeing['excess'].item() == pytest.approx(0, abs=1e-12)
    assert agreeing['agreement'].item() == 1 and ignorant['excess'] > 0


@pytest.mark.parametrize('values', [dict(temperature=0), dict(alpha=-0.1), dict(alpha=1.5)])
def test_values_out_of_range_are_refused(values):
    with pytest.raises(InputError, match=next(iter(values))):
        DistillHead(4, 3, **values)
