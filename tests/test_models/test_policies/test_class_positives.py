"""SupCon: positives by label, on the batch and on the queue."""

import math

import pytest
import torch
from mmengine.logging import MessageHub
from mmpretrain.structures import DataSample

from mmcl.models.policies import ClassPositives, Step
from mmcl.registry import MODELS
from mmcl.structures import ContrastSet
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, total

T = 0.5
QUEUE = dict(type='LabelledQueue', size=20, dim=8)


def with_labels(samples, classes):
    for sample, label in zip(samples, classes):
        if label is not None:
            sample.set_gt_label(label)
    return samples


def supcon(form='out', num=None, head=None, **changes):
    negatives = [dict(type='BatchNegatives'), dict(type='ClassPositives', num=num)]
    head = head or dict(type='SupConHead', temperature=T, form=form)
    return build('simclr', negatives=negatives, head=head, **changes)


def kcl(num=None, form='out', **changes):
    negatives = [dict(type='QueueNegatives'), dict(type='ClassPositives', sources=['queue'], num=num)]
    head = dict(type='SupConHead', temperature=T, form=form)
    learner = build('moco', memory=QUEUE, negatives=negatives, head=head, **changes)
    learner.memory.labels.copy_(torch.arange(20) % 4 - 1)  # a quarter without a class
    return learner


def slow(z, classes, form, views):
    """Equations 2 and 3, an anchor and a candidate at a time; ``z`` are all embeddings, view after view."""
    z = z.tolist()
    num = len(classes)
    losses = []
    for i in range(len(z)):
        cosines = {a: sum(x * y for x, y in zip(z[i], z[a])) for a in range(len(z)) if a != i}
        whole = math.fsum(math.exp(c / T) for c in cosines.values())
        label = classes[i % num]
        positives = [
            a for a in cosines if a % num == i % num or (label is not None and classes[a % num] == label)
        ]
        chances = [math.exp(cosines[p] / T) / whole for p in positives]
        assert len(chances) >= views - 1
        if form == 'out':
            losses.append(-sum(map(math.log, chances)) / len(chances))
        else:
            losses.append(-math.log(sum(chances) / len(chances)))
    return sum(losses) / len(losses)


@pytest.mark.parametrize('form', ['out', 'in'])
@pytest.mark.parametrize(
    'classes', [[0, 1, 0, 2, 1, 0], [3, None, 3, None, 3, 3], [1] * 6, [0, 1, 2, 3, 4, 5]]
)
@pytest.mark.parametrize('views, pairs', [(2, [(0, 1), (1, 0)]), (3, [(0, 1), (1, 2), (2, 0)])])
def test_loss_matches_the_papers_sums_over_positives_and_candidates(form, classes, views, pairs):
    inputs, samples = batch(views=views)
    learner = supcon(form, pairs=pairs)
    value = total(learner.loss(inputs, with_labels(samples, classes))).item()
    z = torch.nn.functional.normalize(learner.project(torch.cat(inputs)), dim=1)
    assert value == pytest.approx(slow(z, classes, form, views), rel=1e-9)


@pytest.mark.parametrize('form', ['out', 'in'])
def test_gradient_is_that_of_the_formula_with_the_whole_matrix(form):
    inputs, samples = batch()
    classes = torch.tensor([0, 1, 0, 2, 1, 0])
    learner, twin = supcon(form), supcon(form)
    total(learner.loss(inputs, with_labels(samples, classes.tolist()))).backward()
    z = torch.nn.functional.normalize(twin.project(torch.cat(inputs)), dim=1)
    logits = (z @ z.T / T).masked_fill(torch.eye(12, dtype=torch.bool), -torch.inf)
    log_p = logits.log_softmax(dim=1)
    same = (classes.repeat(2)[:, None] == classes.repeat(2)) & ~torch.eye(12, dtype=torch.bool)
    number = same.sum(dim=1)
    if form == 'out':
        loss = -(torch.where(same, log_p, 0).sum(dim=1) / number).mean()
    else:
        loss = -(torch.where(same, log_p.exp(), 0).sum(dim=1) / number).log().mean()
    loss.backward()
    for (name, p), other in zip(learner.named_parameters(), twin.parameters()):
        torch.testing.assert_close(p.grad, other.grad, rtol=1e-7, atol=1e-10, msg=name)


def test_one_image_of_a_class_leaves_nt_xent_and_so_do_no_labels():
    inputs, samples = batch()
    expected = total(build('simclr').loss(inputs, samples)).item()
    for form in ('out', 'in'):
        assert total(supcon(form).loss(inputs, samples)).item() == pytest.approx(expected, rel=1e-12)
        _, samples = batch()
        with_labels(samples, range(6))
        assert total(supcon(form).loss(inputs, samples)).item() == pytest.approx(expected, rel=1e-12)


def test_the_plain_contrastive_head_takes_the_mean_outside():
    inputs, samples = batch()
    with_labels(samples, [0, 1, 0, 2, 1, 0])
    plain = supcon(head=dict(type='ContrastiveHead', temperature=T))
    assert total(plain.loss(inputs, samples)).item() == total(supcon().loss(inputs, samples)).item()


def test_the_mean_inside_is_never_larger():
    for seed in range(5):
        inputs, samples = batch(seed=seed)
        with_labels(samples, [0, 1, 0, 2, 1, 0])
        inside, outside = (total(supcon(form).loss(inputs, samples)).item() for form in ('in', 'out'))
        assert inside < outside


def test_order_of_the_images_does_not_matter():
    inputs, samples = batch()
    with_labels(samples, [0, 1, 0, 2, 1, 0])
    order = [3, 0, 5, 1, 4, 2]
    first = total(supcon().loss(inputs, samples)).item()
    second = total(supcon().loss([view[order] for view in inputs], [samples[i] for i in order])).item()
    assert first == pytest.approx(second, rel=1e-9)


def test_loss_weight_is_the_authors_ratio_of_temperatures():
    inputs, samples = batch()
    with_labels(samples, [0, 1, 0, 2, 1, 0])
    weighted = supcon(head=dict(type='SupConHead', temperature=T, loss_weight=T / 0.07))
    expected = total(supcon().loss(inputs, samples)).item() * T / 0.07
    losses = weighted.loss(inputs, samples)
    assert total(losses).item() == pytest.approx(expected, rel=1e-9)
    assert losses['vs_chance'].item() == pytest.approx(supcon().loss(inputs, samples)['vs_chance'].item())


def slow_queue(learner, inputs, classes, chosen, form):
    """The queue's form, given which keys each image has as positives."""
    queue, kept = learner.memory.read(), learner.memory.labels.tolist()
    q = torch.nn.functional.normalize(learner.project(inputs[0]), dim=1)
    k = torch.nn.functional.normalize(learner.project(inputs[1]), dim=1)
    losses = []
    for n in range(len(q)):
        assert all(kept[j] == classes[n] for j in chosen[n])
        logits = [float(q[n] @ k[n]) / T] + [float(q[n] @ row) / T for row in queue]
        chances = [math.exp(logit) / math.fsum(map(math.exp, logits)) for logit in logits]
        found = [chances[0]] + [chances[1 + j] for j in chosen[n]]
        if form == 'out':
            losses.append(-sum(map(math.log, found)) / len(found))
        else:
            losses.append(-math.log(sum(found) / len(found)))
    return sum(losses) / len(losses)


@pytest.mark.parametrize('form', ['out', 'in'])
def test_on_the_queue_all_keys_of_the_class_are_positives(form):
    inputs, samples = batch()
    classes = [0, 1, 2, None, 7, 1]  # of 7 the queue has none
    learner, twin = kcl(form=form), kcl(form=form)
    value = total(learner.loss(inputs, with_labels(samples, classes))).item()
    kept = (torch.arange(20) % 4 - 1).tolist()
    chosen = [[j for j in range(20) if kept[j] == c and c is not None] for c in classes]
    expected = slow_queue(twin, inputs, [-1 if c is None else c for c in classes], chosen, form)
    assert value == pytest.approx(expected, abs=1e-6)


def scene(num=4, images=6):
    memory = MODELS.build(QUEUE)
    memory.labels.copy_(torch.arange(20) % 4 - 1)
    anchors = torch.nn.functional.normalize(torch.randn(images, 8, dtype=torch.float64), dim=1)
    samples = [DataSample(metainfo=dict(sample_idx=i)) for i in range(images)]
    step = Step({0: anchors}, {1: anchors}, with_labels(samples, [0, 1, 2, None, 9, 0]), memory)
    contrast = ContrastSet(anchors, anchors[:, None], memory.read().double())
    return ClassPositives(['queue'], num)(contrast, step), memory.labels


def test_k_positives_are_distinct_keys_of_the_class_and_all_where_there_are_fewer():
    for num in (0, 1, 3, 5, 8):
        result, kept = scene(num)
        marks = result.positives(slice(0, 6))
        assert marks[:, 0].all() and marks.shape == (6, 21)
        for n, label in enumerate([0, 1, 2, None, 9, 0]):
            columns = marks[n, 1:].nonzero()[:, 0]
            there = int((kept == label).sum()) if label is not None else 0
            assert len(columns) == min(num, there) and all(kept[j] == label for j in columns)
            mean = torch.cat([result.own[n, :1], result.shared[columns]]).mean(dim=0)
            torch.testing.assert_close(result.own[n, 0] - result.offset[n], mean)


def test_every_key_of_the_class_is_drawn_as_often_and_anew_in_each_step():
    counts, hub = torch.zeros(20), MessageHub.get_current_instance()
    draws = set()
    for step in range(300):
        hub.update_info('iter', step)
        result, kept = scene(2)
        marks = result.positives(slice(0, 6))[:, 1:]
        counts += marks[0]
        draws.add(tuple(marks[0].nonzero()[:, 0].tolist()))
    assert len(draws) == 10  # of 5 keys
    assert (counts[kept == 0] - 120).abs().max() < 30  # standard deviation 8.5
    hub.update_info('iter', 0)


def test_in_the_batch_an_image_is_never_drawn_as_its_own_positive():
    hub = MessageHub.get_current_instance()
    for step in range(30):
        hub.update_info('iter', step)
        inputs, samples = batch()
        with_labels(samples, [0, 0, 0, 1, 1, 2])
        learner = supcon(num=2)
        q, k = learner.encoder(learner, inputs, learner.pairs)
        for pair in learner.pairs:
            result = learner.contrast(Step(q, k, samples, None, pair))
            marks = result.positives(slice(0, 6))[:, 1:]
            for n in range(6):
                columns = marks[n].nonzero()[:, 0] % 6
                others = [m for m in range(6) if samples[m].gt_label == samples[n].gt_label and m != n]
                assert set(columns.tolist()) <= set(others)
                assert len(columns) == min(2, 2 * len(others))
    hub.update_info('iter', 0)


@pytest.mark.parametrize('form', ['out', 'in'])
def test_k_of_a_batch_that_takes_all_is_supcon(form):
    inputs, samples = batch()
    with_labels(samples, [0, 1, 0, 2, 1, 0])
    some, every = (total(supcon(form, num).loss(inputs, samples)).item() for num in (50, None))
    assert some == pytest.approx(every, rel=1e-9)


def test_batch_and_queue_together_are_candidates_in_the_order_of_their_policies():
    inputs, samples = batch()
    classes = torch.tensor([0, 1, 2, 0, 1, 7])
    with_labels(samples, classes.tolist())
    negatives = [
        dict(type='QueueNegatives'),
        dict(type='BatchNegatives', views='key'),
        dict(type='ClassPositives', sources=['queue', 'batch']),
    ]
    learner, twin = (
        build('moco', memory=QUEUE, negatives=negatives, head=dict(type='ContrastiveHead', temperature=T))
        for _ in range(2)
    )
    for one in (learner, twin):
        one.memory.labels.copy_(torch.arange(20) % 4 - 1)
    value = total(learner.loss(inputs, samples)).item()
    q, k = twin.encoder(twin, inputs, twin.pairs)
    log_p = (q[0] @ torch.cat([k[1], twin.memory.read()]).T / T).log_softmax(dim=1)
    same = classes[:, None] == torch.cat([classes, twin.memory.labels])
    expected = -(torch.where(same, log_p, 0).sum(dim=1) / same.sum(dim=1)).mean()
    assert value == pytest.approx(expected.item(), rel=1e-7)


def test_no_class_positives_on_the_queue_is_moco():
    inputs, samples = batch()
    with_labels(samples, [0, 1, 2, 0, 1, 2])
    base = build('moco', memory=QUEUE, head=dict(type='ContrastiveHead', temperature=T))
    expected = total(base.loss(inputs, samples)).item()
    assert total(kcl(num=0).loss(inputs, samples)).item() == pytest.approx(expected, rel=1e-12)
    assert total(kcl(num=2).loss(inputs, samples)).item() != pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize(
    'settings, words',
    [
        (dict(sources=['bank']), 'sources=.*bank'),
        (dict(num=-1), 'num=-1'),
    ],
)
def test_settings_out_of_range_are_refused(settings, words):
    with pytest.raises(InputError, match=words):
        ClassPositives(**settings)


@pytest.mark.parametrize(
    'name, negatives, words',
    [
        ('simclr', [dict(type='ClassPositives'), dict(type='BatchNegatives')], 'stands behind 0 candidates'),
        ('moco', [dict(type='QueueNegatives'), dict(type='ClassPositives')], 'stands behind 20 candidates'),
        (
            'moco',
            [dict(type='QueueNegatives'), dict(type='ClassPositives', sources=['queue'])],
            'FeatureQueue, which keeps no classes',
        ),
    ],
)
def test_candidates_of_unknown_classes_are_refused(name, negatives, words):
    with pytest.raises(InputError, match=words):
        build(name, negatives=negatives).loss(*batch())


def test_a_head_for_several_positives_refuses_a_set_with_one():
    with pytest.raises(InputError, match='one positive each'):
        build('simclr', head=dict(type='SupConHead')).loss(*batch())
