"""Accuracies by class: many, medium and few shots, balancedness."""

import logging
import math
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from mmcl.engine.hooks import ClassCountHook
from mmcl.evaluation import ClassifierAccuracy, KNNMetric, balancedness, class_accuracies, shot_accuracies
from mmcl.utils.errors import InputError

COUNTS = np.array([500, 101, 100, 21, 20, 3])


def test_shots_are_the_means_of_their_classes_and_limits_belong_below():
    accuracies = np.array([90.0, 80.0, 70.0, 60.0, 50.0, 30.0])
    assert shot_accuracies(accuracies, COUNTS, 20, 100) == dict(many=85.0, medium=65.0, few=40.0)
    assert shot_accuracies(accuracies, COUNTS, 19, 100) == dict(many=85.0, medium=60.0, few=30.0)
    assert shot_accuracies(accuracies[:3], COUNTS, 20, 50) == dict(many=80.0)
    assert shot_accuracies(accuracies, COUNTS[:4], 20, 100)['few'] == 40.0  # no images at all


def test_class_accuracies_match_a_loop_and_know_what_they_do_not_know():
    labels, right = np.array([0, 0, 0, 2, 2]), np.array([True, False, True, False, True])
    found = class_accuracies(labels, right)
    assert found[[0, 2]] == pytest.approx([200 / 3, 50]) and math.isnan(found[1])
    assert shot_accuracies(found, np.array([9, 9, 1]), 2, 5) == pytest.approx(dict(many=200 / 3, few=50))


def test_balancedness_matches_the_double_sum_and_is_1_for_equal_accuracies():
    accuracies = [10.0, 70.0, 40.0]
    expected = sum(math.exp(-abs(a - b) / 20) for a in accuracies for b in accuracies) / 9
    assert balancedness(np.array(accuracies), 20.0) == pytest.approx(expected)
    assert balancedness(np.full(7, 33.0)) == 1
    moved = [balancedness(np.array([50.0, 50.0, 50.0 + d])) for d in (0, 5, 20, 50)]
    assert moved == sorted(moved, reverse=True) and len(set(moved)) == 4


def samples(labels, predicted, num_classes):
    scores = torch.eye(num_classes)[predicted]
    return [
        dict(pred_score=score, feature=score, gt_label=torch.tensor([label]), sample_idx=i)
        for i, (score, label) in enumerate(zip(scores, labels))
    ]


@pytest.mark.parametrize('kind', ['classifier', 'knn'])
def test_both_accuracies_report_them(kind):
    labels, predicted = [0, 0, 1, 1, 2, 2], [0, 0, 1, 0, 2, 1]
    if kind == 'knn':
        metric = KNNMetric(k=1, shots=(3, 10), sigma=50.0)
        metric.set_bank(torch.eye(3), torch.arange(3))
    else:
        metric = ClassifierAccuracy(shots=(3, 10), sigma=50.0)
    metric.class_counts = np.array([20, 10, 2])
    metric.process(None, samples(labels, predicted, 3))
    result = metric.evaluate(6)
    name = metric.prefix
    assert result[f'{name}/top1'] == pytest.approx(400 / 6)
    assert [result[f'{name}/{shot}'] for shot in ('many', 'medium', 'few')] == [100, 50, 50]
    assert result[f'{name}/balancedness'] == pytest.approx((5 + 4 * math.exp(-1)) / 9)
    assert metric.protocol['shots'] == [3, 10] and metric.protocol['class_counts'] == [20, 10, 2]


def test_the_hook_counts_the_training_images_of_each_class():
    metric = ClassifierAccuracy(shots=(1, 2))
    labels = np.array([0, 2, 2, -1, 0, 0])
    train = SimpleNamespace(get_gt_labels=lambda: labels)
    loop = SimpleNamespace(evaluator=SimpleNamespace(metrics=[metric]))
    runner = SimpleNamespace(
        _train_loop=dict(),
        _train_dataloader=dict(dataset=train),
        val_loop=loop,
        cfg={},
        logger=logging.getLogger('counts'),
    )
    ClassCountHook().before_val_epoch(runner)
    assert metric.class_counts.tolist() == [3, 0, 2]


def test_shots_without_counts_and_settings_out_of_range_are_refused():
    metric = ClassifierAccuracy(shots=(1, 2))
    metric.process(None, samples([0], [0], 2))
    with pytest.raises(InputError, match='ClassCountHook'):
        metric.evaluate(1)
    for wrong in (dict(shots=(5,)), dict(shots=(100, 20)), dict(sigma=0)):
        with pytest.raises(InputError, match=next(iter(wrong))):
            KNNMetric(**wrong)
