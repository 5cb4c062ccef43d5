"""Weighted kNN against the slow formula."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmcl.evaluation import knn
from mmcl.evaluation.knn import KNNMetric, weighted_knn


def slow_knn(bank, labels, queries, k, temperature, num_classes):
    """Section 3.4 of NPID, one image and one neighbour at a time, in float64."""
    rows = []
    for query in queries:
        sims = [float(np.dot(query, row)) for row in bank]
        nearest = sorted(range(len(bank)), key=lambda i: -sims[i])[:k]
        votes = [0.0] * num_classes
        for i in nearest:
            votes[labels[i]] += np.exp(sims[i] / temperature)
        rows.append(np.array(votes) / sum(votes))
    return np.array(rows)


def unit(n, dim=8):
    return F.normalize(torch.randn(n, dim), dim=1)


@pytest.mark.parametrize('k, temperature', [(1, 0.1), (7, 0.1), (7, 0.02), (1000, 0.5)])
def test_weighted_knn_matches_naive_loop(k, temperature, monkeypatch):
    monkeypatch.setattr(knn, '_TILE', 100)  # several tiles of queries
    bank, labels, queries = unit(40), torch.randint(4, (40,)), unit(11)
    scores = weighted_knn(bank, labels, queries, k, temperature, num_classes=5)
    expected = slow_knn(bank.double().numpy(), labels.numpy(), queries.double().numpy(), k, temperature, 5)
    assert np.allclose(scores, expected, atol=1e-5)
    assert torch.allclose(scores.sum(1), torch.ones(11))


def test_a_small_temperature_does_not_overflow():
    bank = unit(20)
    scores = weighted_knn(bank, torch.arange(20), bank, k=5, temperature=0.005)
    assert torch.equal(scores.argmax(1), torch.arange(20))


def samples(features, labels, start=0):
    return [
        dict(feature=feature, gt_label=torch.tensor([label]), sample_idx=start + i)
        for i, (feature, label) in enumerate(zip(features, labels.tolist()))
    ]


def test_metric_counts_top1_and_top5_in_percent_and_each_image_once():
    bank, bank_labels, queries, labels = unit(50), torch.randint(7, (50,)), unit(30), torch.randint(7, (30,))
    metric = KNNMetric(k=9, temperature=0.1)
    metric.set_bank(bank, bank_labels, view=['PackViews'])
    batch = samples(queries, labels)
    metric.process(None, batch[:20])
    metric.process(None, batch[20:] + batch[:3])  # three repeats, as a sampler's padding makes them
    result = metric.evaluate(size=30)
    scores = slow_knn(bank.numpy(), bank_labels.numpy(), queries.numpy(), 9, 0.1, 7)
    ranked = np.argsort(-scores, axis=1)
    assert result['knn/top1'] == pytest.approx(100 * np.mean(ranked[:, 0] == labels.numpy()))
    hits = [label in row[:5] for row, label in zip(ranked, labels.tolist())]
    assert result['knn/top5'] == pytest.approx(100 * np.mean(hits), abs=100 / 30)  # classes without votes tie
    assert metric.protocol['num_queries'] == 30
    assert metric.protocol['bank_size'] == 50
    assert metric.protocol['k'] == 9
    assert metric.protocol['view'] == ['PackViews']
    assert metric.results == []


def test_no_top5_below_five_classes():
    metric = KNNMetric(k=3)
    metric.set_bank(unit(10), torch.randint(3, (10,)))
    metric.process(None, samples(unit(4), torch.randint(3, (4,))))
    assert set(metric.evaluate(4)) == {'knn/top1'}


def test_unlabelled_queries_are_left_out_and_none_left_gives_no_metric():
    bank = unit(10)
    metric = KNNMetric(k=1)
    metric.set_bank(bank, torch.arange(10))
    labels = torch.arange(10)
    labels[3:] = -1
    metric.process(None, samples(bank, labels))
    assert metric.evaluate(10) == {'knn/top1': 100.0, 'knn/top5': 100.0}
    metric.process(None, samples(bank, torch.full((10,), -1)))
    assert metric.evaluate(10) == {}


def test_without_a_bank_there_is_no_metric():
    metric = KNNMetric()
    metric.process(None, samples(unit(3), torch.zeros(3, dtype=torch.int64)))
    assert metric.evaluate(3) == {}


@pytest.mark.parametrize('bad', [dict(k=0), dict(temperature=0.0), dict(temperature=float('nan'))])
def test_settings_out_of_range_are_refused_with_their_value(bad):
    with pytest.raises(ValueError, match=str(next(iter(bad.values())))):
        KNNMetric(**bad)
