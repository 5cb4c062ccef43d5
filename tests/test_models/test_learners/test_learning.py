"""A classifier learns, and its student learns from it without a label."""

import torch

from tests.test_models.tiny import METHODS, build, total

PATTERNS = torch.randn(3, 3, 8, 8, generator=torch.Generator().manual_seed(0)).double()


def images(num, seed):
    """Three classes in turn: a pattern each, and noise."""
    noise = torch.randn(num, 3, 8, 8, generator=torch.Generator().manual_seed(seed)).double()
    return PATTERNS[torch.arange(num) % 3] + 0.5 * noise, torch.arange(num) % 3


def train(learner, steps, loss):
    optimizer = torch.optim.SGD([p for p in learner.parameters() if p.requires_grad], lr=0.05, momentum=0.9)
    for step in range(steps):
        optimizer.zero_grad()
        total(loss(step)).backward()
        optimizer.step()
    return learner.eval()


def test_a_student_of_unlabelled_images_becomes_at_least_as_good_as_its_teacher():
    few, labels = images(18, seed=1)
    teacher = build('classifier', seed=1)
    train(teacher, 30, lambda step: teacher.head.loss(teacher.logits(few), labels))
    student = build('distill', seed=2, head={**METHODS['distill']['head'], 'alpha': 1.0, 'temperature': 1.0})
    unseen, truth = images(60, seed=3)
    before = (student.eval().logits(unseen).argmax(dim=1) == truth).float().mean()
    student.teacher.load_state_dict(teacher.state_dict())

    def distil(step):
        batch, _ = images(24, seed=10 + step)
        nothing = torch.full((24,), -1)
        return student.head.loss(student.logits(batch), nothing, **student.targets(batch))

    train(student.train(), 30, distil)
    right = {
        name: (net.logits(unseen).argmax(dim=1) == truth).float().mean().item()
        for name, net in (('teacher', teacher), ('student', student))
    }
    assert before < 0.5 and right['teacher'] > 0.75 and right['student'] > right['teacher'] - 0.02, right
