"""The distillation loss against its definition."""

import math

import pytest
import torch

from mmcl.models.losses import distillation
from tests.test_models.tiny import slow_distillation


@pytest.mark.parametrize('temperature', [0.1, 1.0, 3.0])
def test_distillation_matches_the_double_sum(temperature):
    student, teacher = torch.randn(2, 6, 5, dtype=torch.float64)
    loss = distillation(student, teacher, temperature)
    assert loss.item() == pytest.approx(slow_distillation(student, teacher, temperature), rel=1e-12)


@pytest.mark.parametrize('temperature', [0.1, 1.0])
def test_a_student_equal_to_its_teacher_costs_the_teachers_entropy_and_has_no_gradient(temperature):
    teacher = torch.randn(6, 5, dtype=torch.float64)
    student = teacher.clone().requires_grad_()
    loss = distillation(student, teacher, temperature)
    p = (teacher / temperature).softmax(dim=1)
    assert loss.item() == pytest.approx(-(p * p.log()).sum(dim=1).mean().item(), rel=1e-9)
    loss.backward()
    assert student.grad.abs().max() < 1e-12


def test_a_student_that_knows_nothing_costs_ln_of_the_classes():
    teacher = torch.randn(6, 5, dtype=torch.float64)
    assert distillation(torch.zeros(6, 5).double(), teacher, 0.1).item() == pytest.approx(math.log(5))


def test_a_low_temperature_teaches_the_teachers_first_choice():
    student, teacher = torch.randn(2, 6, 5, dtype=torch.float64)
    hard = torch.nn.functional.cross_entropy(student / 0.001, teacher.argmax(dim=1))
    assert distillation(student, teacher, 0.001).item() == pytest.approx(hard.item(), rel=1e-6)


def test_no_gradient_reaches_the_teacher():
    student, teacher = torch.randn(6, 5, requires_grad=True), torch.randn(6, 5, requires_grad=True)
    distillation(student, teacher, 0.5).backward()
    assert student.grad is not None and teacher.grad is None


def test_large_logits_at_a_low_temperature_stay_finite():
    student, teacher = 1e3 * torch.randn(2, 6, 5)
    assert torch.isfinite(distillation(student, teacher, 0.01))
