"""MoCHi's class oracle: what is dropped, and what is measured."""

import pytest
import torch
from mmengine.logging import MessageHub
from mmpretrain.structures import DataSample

from mmcl.models.policies import ClassOracle, MixedHardNegatives, Step
from mmcl.registry import MODELS
from mmcl.structures import ContrastSet
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, total

QUEUE = dict(type='LabelledQueue', size=20, dim=8)
MIXES = dict(num_hardest=6, num_mixes=5, num_query_mixes=3)


def labelled(samples, classes=3):
    for n, sample in enumerate(samples):
        sample.set_gt_label(n % classes)
    return samples


def scene(num=4):
    memory = MODELS.build(QUEUE)
    memory.labels.copy_(torch.arange(20) % 3)
    memory.labels[5] = -1
    anchors = torch.nn.functional.normalize(torch.randn(num, 8), dim=1)
    samples = labelled([DataSample() for _ in range(num)])
    if num > 3:
        samples[3] = DataSample()  # an image without a class
    step = Step({}, {}, samples, memory)
    return ContrastSet(anchors, anchors[:, None].clone(), memory.read()), step


def test_the_queue_keeps_the_classes_of_its_keys_in_their_order():
    memory = MODELS.build(QUEUE)
    assert memory.labels.tolist() == [-1] * 20
    written = []
    for _ in range(3):  # which wraps around
        keys = torch.randn(8, 8)
        memory.write(keys, labelled([DataSample() for _ in range(8)], classes=5))
        written += list(zip(keys, [0, 1, 2, 3, 4, 0, 1, 2]))
    for position, (key, label) in enumerate(written[-20:], start=4):
        assert torch.equal(memory.read()[position % 20], key) and memory.labels[position % 20] == label


def test_the_oracle_hides_the_keys_of_the_anchors_class_and_no_others():
    contrast, step = scene()
    result = ClassOracle()(contrast, step)
    cosines = result.cosines()
    result.hide(cosines)
    hidden = cosines[:, 1:] == -torch.inf
    for n in range(4):
        expected = [j for j in range(20) if n < 3 and step.memory.labels[j] == n % 3]
        assert hidden[n].nonzero()[:, 0].tolist() == expected


def test_nothing_of_the_anchors_class_is_mixed_behind_the_oracle():
    contrast, step = scene()
    columns = MixedHardNegatives(num_hardest=20, num_mixes=5).hardest(ClassOracle()(contrast, step))
    for n in range(3):
        assert not (step.memory.labels[columns[n]] == n % 3).any()


def test_measured_shares_are_those_of_what_is_mixed():
    contrast, step = scene(num=3)
    policy = MixedHardNegatives(**MIXES, measure_every=2)
    own = policy(contrast, step).own
    shares = {
        name: MessageHub.get_current_instance().get_scalar(f'train/same_class_{name}').current()
        for name in ('queue', 'hardest', 'mix', 'mix_both')
    }
    labels = step.memory.labels
    queue, hardest, either, both = [], [], [], []
    for n in range(3):
        queue += [bool(labels[j] == n) for j in range(20)]
        top = (contrast.shared @ contrast.anchors[n]).topk(6).indices.tolist()
        hardest += [bool(labels[j] == n) for j in top]
        for m, mix in enumerate(own[n, 1:]):
            if m < 5:  # which two were mixed follows from where the mix lies
                pairs = [(i, j) for i in top for j in top]
                distances = []
                for i, j in pairs:
                    basis = torch.stack([contrast.shared[i], contrast.shared[j]], dim=1)
                    distances.append(((basis @ (torch.linalg.pinv(basis) @ mix)) - mix).norm())
                i, j = pairs[int(torch.stack(distances).argmin())]
                one, other = bool(labels[i] == n), bool(labels[j] == n)
                either.append(one or other)
                both.append(one and other)
            else:
                rest = [
                    mix
                    - torch.stack([contrast.anchors[n], contrast.shared[i]], 1)
                    @ (torch.linalg.pinv(torch.stack([contrast.anchors[n], contrast.shared[i]], 1)) @ mix)
                    for i in top
                ]
                same = bool(labels[top[int(torch.stack([r.norm() for r in rest]).argmin())]] == n)
                either.append(same)
                both.append(same)
    for name, values in dict(queue=queue, hardest=hardest, mix=either, mix_both=both).items():
        assert shares[name] == pytest.approx(sum(values) / len(values), abs=1e-6), name


def test_measuring_changes_no_loss_and_happens_only_when_due():
    inputs, samples = batch()
    labelled(samples)
    losses = []
    for every in (0, 2):
        negatives = [
            dict(type='QueueNegatives'),
            dict(type='MixedHardNegatives', **MIXES, measure_every=every),
        ]
        losses.append(total(build('moco', memory=QUEUE, negatives=negatives).loss(inputs, samples)).item())
    assert losses[0] == losses[1]
    hub = MessageHub.get_current_instance()
    count = len(hub.get_scalar('train/same_class_hardest').data[0])
    hub.update_info('iter', 1)
    build('moco', memory=QUEUE, negatives=negatives).loss(inputs, samples)
    assert len(hub.get_scalar('train/same_class_hardest').data[0]) == count == 1


def test_it_works_without_mixing_and_the_oracle_lowers_the_loss():
    inputs, samples = batch()
    labelled(samples)
    negatives = [
        dict(type='QueueNegatives'),
        dict(type='MixedHardNegatives', num_hardest=4, num_mixes=0, num_query_mixes=0, measure_every=1),
    ]
    learners = [
        build('moco', memory=QUEUE, negatives=policies)
        for policies in (negatives[:1], negatives, [negatives[0], dict(type='ClassOracle')])
    ]
    for learner in learners:
        learner.memory.labels.copy_(torch.arange(20) % 3)
    plain, measured, oracle = (total(learner.loss(inputs, samples)).item() for learner in learners)
    assert plain == measured > oracle


def test_a_queue_without_classes_is_refused():
    contrast, step = scene()
    step.memory = MODELS.build(dict(type='FeatureQueue', size=20, dim=8))
    with pytest.raises(InputError, match='FeatureQueue, which keeps no classes'):
        ClassOracle()(contrast, step)


def test_keys_that_are_written_without_samples_have_no_class():
    memory = MODELS.build(QUEUE)
    memory.write(torch.randn(20, 8), labelled([DataSample() for _ in range(20)]))
    memory.write(torch.randn(3, 8))
    assert memory.labels.tolist() == [-1] * 3 + [n % 3 for n in range(3, 20)]


def test_an_oracle_behind_other_candidates_than_the_queues_is_refused():
    contrast, step = scene()
    with pytest.raises(
        InputError, match='24 shared candidates for a queue of 20.*right behind QueueNegatives'
    ):
        ClassOracle()(contrast.extended(contrast.anchors), step)
