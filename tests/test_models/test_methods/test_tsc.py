"""KCL and TSC."""

import math

import pytest
import torch
from mmengine.logging import MessageHub

from mmcl.models.policies import Step
from mmcl.utils.errors import InputError
from tests.test_models.tiny import METHODS, batch, build, total

CLASSES = [0, 1, 2, None, 3, 1]  # of 3 the queue has no key


def scene(name='tsc', **changes):
    learner = build(name, **changes)
    if learner.memory is not None:
        learner.memory.labels.copy_(torch.arange(20) % 4 - 1)
    inputs, samples = batch()
    for sample, label in zip(samples, CLASSES):
        if label is not None:
            sample.set_gt_label(label)
    return learner, inputs, samples


def slow(learner, inputs, samples, form, weight=0.2, targets=True):
    """The loss of section 3.2, an anchor and a candidate at a time, for the keys that are drawn."""
    q, k = learner.encoder(learner, inputs, learner.pairs)
    step = Step(q, k, samples, learner.memory, (0, 1))
    marks = learner.contrast(step).positives(slice(0, 6))[:, 1:21]
    q, k, queue = q[0].tolist(), k[1].tolist(), learner.memory.read().tolist()
    points = learner.targets.read().tolist() if targets else []
    chosen = learner.targets.assignment.tolist() if targets else []

    def dot(a, b):
        return sum(x * y for x, y in zip(a, b)) / 0.2

    losses = []
    for n in range(6):
        logits = [dot(q[n], c) for c in [k[n], *queue, *points]]
        whole = math.log(math.fsum(map(math.exp, logits)))
        positives = [0] + [1 + int(j) for j in marks[n].nonzero()[:, 0]]
        pulled = sum(logits[p] - whole for p in positives)
        if not targets or CLASSES[n] is None:
            losses.append(-pulled / len(positives))
            continue
        target = logits[21 + chosen[CLASSES[n]]] - whole
        if form == 'code':
            losses.append(-(pulled + weight * target) / (len(positives) + 1))
        else:
            losses.append(-(pulled / len(positives) + weight * target))
    return sum(losses) / 6


@pytest.mark.parametrize('form', ['code', 'paper'])
@pytest.mark.parametrize('weight', [0.0, 0.2, 3.0])
def test_loss_matches_the_sums_of_the_paper_and_of_the_code(form, weight):
    learner, inputs, samples = scene(form=form, target_weight=weight)
    value = total(learner.loss(inputs, samples)).item()
    twin, _, _ = scene(form=form, target_weight=weight)
    assert value == pytest.approx(slow(twin, inputs, samples, form, weight), rel=1e-6)


def test_kcls_loss_matches_its_soft_targets():
    learner, inputs, samples = scene('kcl')
    value = total(learner.loss(inputs, samples)).item()
    twin, _, _ = scene('kcl')
    assert value == pytest.approx(slow(twin, inputs, samples, 'code', targets=False), rel=1e-6)


@pytest.mark.parametrize('form', ['code', 'paper'])
def test_gradient_is_that_of_the_whole_matrix(form):
    learner, inputs, samples = scene(form=form, target_weight=0.7)
    twin, _, _ = scene(form=form, target_weight=0.7)
    total(learner.loss(inputs, samples)).backward()
    q, k = twin.encoder(twin, inputs, twin.pairs)
    marks = twin.contrast(Step(q, k, samples, twin.memory, (0, 1))).positives(slice(0, 6))
    candidates = torch.cat([twin.memory.read(), twin.targets.read()])
    logits = torch.cat([(q[0] * k[1]).sum(dim=1, keepdim=True), q[0] @ candidates.T], dim=1) / 0.2
    log_p = logits.log_softmax(dim=1)
    number = marks.sum(dim=1)
    known = torch.tensor([label is not None for label in CLASSES])
    labels = torch.tensor([label or 0 for label in CLASSES])
    own = log_p[torch.arange(6), 21 + twin.targets.assignment[labels]] * known * 0.7
    pulled = torch.where(marks, log_p, 0).sum(dim=1)
    each = (pulled + own) / (number + known) if form == 'code' else pulled / number + own
    (-each.mean()).backward()
    for (name, p), other in zip(learner.named_parameters(), twin.named_parameters()):
        if p.requires_grad:
            torch.testing.assert_close(p.grad, other[1].grad, rtol=1e-6, atol=1e-9, msg=name)


def test_before_its_epoch_it_is_kcl():
    learner, inputs, samples = scene(targets={**METHODS['tsc']['targets'], 'start_epoch': 1})
    kcl, _, _ = scene('kcl')
    first = total(learner.loss(inputs, samples)).item()
    assert first == total(kcl.loss(inputs, samples)).item()
    assert torch.equal(learner.memory.read(), kcl.memory.read())
    MessageHub.get_current_instance().update_info('epoch', 1)
    later, _, _ = scene(targets={**METHODS['tsc']['targets'], 'start_epoch': 1})
    assert total(later.loss(inputs, samples)).item() != pytest.approx(first, rel=1e-3)
    MessageHub.get_current_instance().update_info('epoch', 0)


def test_without_weight_targets_only_add_candidates():
    learner, inputs, samples = scene(form='paper', target_weight=0.0)
    kcl, _, _ = scene('kcl')
    with_targets, without = (total(one.loss(inputs, samples)).item() for one in (learner, kcl))
    q, k = kcl.encoder(kcl, inputs, kcl.pairs)
    queue, points = build('kcl').memory.read(), learner.targets.read()
    more = 0.0
    for n in range(6):
        own = [float(q[0][n] @ c) / 0.2 for c in [k[1][n], *queue]]
        extra = own + [float(q[0][n] @ c) / 0.2 for c in points]
        more += (math.log(sum(map(math.exp, extra))) - math.log(sum(map(math.exp, own)))) / 6
    assert with_targets - without == pytest.approx(more, rel=1e-6)


def test_a_network_that_knows_nothing_has_the_loss_of_chance():
    learner, inputs, samples = scene()
    for p in learner.neck.parameters():
        torch.nn.init.zeros_(p)
    torch.nn.init.ones_(learner.neck.layers[-1].bias)
    learner.memory.queue.copy_(torch.nn.functional.normalize(torch.ones(20, 8), dim=1))
    learner.targets.update(torch.zeros(0, 8).double(), torch.zeros(0, dtype=torch.int64))
    learner.targets.targets.copy_(torch.nn.functional.normalize(torch.ones(4, 8), dim=1))
    assert learner.loss(inputs, samples)['vs_chance'].item() == pytest.approx(1, rel=1e-6)


def test_it_works_within_the_batch():
    learner, inputs, samples = scene(
        encoder=dict(type='SharedPair'),
        memory=None,
        pairs=[(0, 1), (1, 0)],
        negatives=[dict(type='BatchNegatives'), dict(type='ClassPositives')],
    )
    losses = learner.loss(inputs, samples)
    assert total(losses).isfinite()
    total(losses).backward()
    assert learner.backbone.conv1.weight.grad.abs().sum() > 0


@pytest.mark.parametrize(
    'changes, words',
    [
        (dict(form='both'), "form='both'"),
        (dict(target_weight=-1), 'target_weight=-1'),
        (dict(head=dict(type='ContrastiveHead')), 'ContrastiveHead, which does not weigh'),
    ],
)
def test_settings_out_of_range_are_refused(changes, words):
    with pytest.raises(InputError, match=words):
        build('tsc', **changes)


def test_policies_without_positives_by_class_and_labels_beyond_the_targets_are_refused():
    learner, inputs, samples = scene(negatives=dict(type='QueueNegatives'))
    with pytest.raises(InputError, match='gives a ContrastSet'):
        learner.loss(inputs, samples)
    learner, inputs, samples = scene()
    samples[0].set_gt_label(4)
    with pytest.raises(InputError, match='num_classes=4'):
        learner.loss(inputs, samples)
