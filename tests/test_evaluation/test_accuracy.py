"""Accuracy of a classifier's own scores."""

import torch

from mmcl.evaluation import ClassifierAccuracy


def samples(scores, labels, start=0):
    return [
        dict(pred_score=score, gt_label=torch.tensor([label]), sample_idx=start + i)
        for i, (score, label) in enumerate(zip(scores, labels))
    ]


def test_it_counts_top1_and_top5_in_percent_and_each_image_once():
    scores, labels = torch.randn(30, 7), torch.randint(7, (30,)).tolist()
    metric = ClassifierAccuracy()
    metric.dataset_meta = dict(classes=tuple('abcdefg'), source='made up', degraded=False)
    batch = samples(scores, labels)
    metric.process(None, batch[:20])
    metric.process(None, batch[20:] + batch[:3])  # three repeats, as a sampler's padding makes them
    result = metric.evaluate(size=30)
    hits = {1: 0, 5: 0}
    for score, label in zip(scores.tolist(), labels):
        order = sorted(range(7), key=lambda c: -score[c])
        for k in hits:
            hits[k] += label in order[:k]
    assert result == {'accuracy/top1': 100 * hits[1] / 30, 'accuracy/top5': 100 * hits[5] / 30}
    assert metric.protocol['num_queries'] == 30 and metric.protocol['source'] == 'made up'


def test_few_classes_have_no_top5_and_unknown_images_do_not_count():
    metric = ClassifierAccuracy()
    metric.process(None, samples(torch.eye(3), [0, -1, 0]))
    assert metric.evaluate(size=3) == {'accuracy/top1': 50.0}
    metric.process(None, samples(torch.eye(3), [-1, -1, -1]))
    assert metric.evaluate(size=3) == {}
