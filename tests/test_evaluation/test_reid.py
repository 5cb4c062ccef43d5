"""mAP and cumulative matching by Market-1501's rules."""

import numpy as np
import pytest
import torch

from mmcl.evaluation import ReIDMetric, reid_scores


def problem(seed=0, num=30):
    random = np.random.default_rng(seed)
    features = torch.from_numpy(random.normal(size=(num, 5)))
    identities, cameras = random.integers(4, size=num), random.integers(3, size=num)
    return features, identities, cameras, np.arange(num) < 8


def slow(features, identities, cameras, is_query):
    precisions, firsts = [], []
    for q in np.flatnonzero(is_query):
        gallery = [
            g
            for g in np.flatnonzero(~is_query)
            if not (identities[g] == identities[q] and cameras[g] == cameras[q])
        ]
        ranked = sorted(gallery, key=lambda g, q=q: (features[g] - features[q]).norm().item())
        hits = [identities[g] == identities[q] for g in ranked]
        if not any(hits):
            continue
        found, precision = 0, 0.0
        for place, hit in enumerate(hits, 1):
            found += hit
            precision += hit * found / place
        precisions.append(precision / found)
        firsts.append(hits.index(True))
    return 100 * np.mean(precisions), [100 * np.mean([first < k for first in firsts]) for k in (1, 5, 10)]


@pytest.mark.parametrize('seed', range(4))
def test_scores_equal_a_loop_over_ranked_galleries(seed):
    found = reid_scores(*problem(seed))
    precision, ranks = slow(*problem(seed))
    assert found['mAP'] == pytest.approx(precision)
    assert [found[f'rank{k}'] for k in (1, 5, 10)] == pytest.approx(ranks)


def test_pictures_by_the_querys_own_camera_do_not_count():
    features = torch.tensor([[0.0], [0.01], [5.0], [1.0]])
    identities, cameras = np.array([1, 1, 1, 2]), np.array([1, 1, 2, 1])
    found = reid_scores(features, identities, cameras, np.array([True, False, False, False]))
    assert found['mAP'] == pytest.approx(50) and found['rank1'] == 0 and found['rank5'] == 100


def test_a_query_without_another_picture_does_not_count():
    features, identities, cameras, is_query = problem()
    identities[0] = 99
    assert reid_scores(features, identities, cameras, is_query)['mAP'] == pytest.approx(
        slow(features, identities, cameras, is_query)[0]
    )
    assert reid_scores(features[:1], identities[:1], cameras[:1], is_query[:1]) == {}


def test_metric_counts_an_image_once_and_says_how_many_there_were():
    features, identities, cameras, is_query = problem()
    metric = ReIDMetric()
    samples = [
        dict(sample_idx=i, gt_label=torch.tensor([identities[i]]), camera=cameras[i], is_query=is_query[i])
        for i in range(30)
    ]
    for i, sample in enumerate(samples):
        sample.update(feature=torch.zeros(5), embedding=features[i])
    metric.process(None, samples + samples[:3])
    found = metric.evaluate(30)
    assert found['reid/mAP'] == pytest.approx(slow(features, identities, cameras, is_query)[0], abs=1e-4)
    assert metric.protocol == {'reid': dict(num_queries=8, num_gallery=22)}
    metric.process(None, [dict(sample_idx=0, feature=torch.zeros(5))])  # images of no such set
    assert metric.evaluate(1) == {}
