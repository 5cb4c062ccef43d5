"""Centre and residual: identities, gradients of the losses in their terms, and what a collapse looks like."""

import math

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from mmcl.evaluation import CenterResidualMetric, center_residual, collapse_statistics
from mmcl.evaluation.center_residual import draw
from mmcl.models.heads import ContrastiveHead, LatentHead
from mmcl.models.necks import BiasPredictor
from mmcl.structures import ContrastSet


def rows(num=40, dim=6, shift=0.5):
    return torch.randn(num, dim, dtype=torch.float64) + shift


def test_numbers_equal_loops():
    z, p = rows(9, 4), rows(9, 4, 0.2)
    found = collapse_statistics(z, p)
    unit = [np.array(row) / np.linalg.norm(row) for row in z.tolist()]
    center = sum(unit) / 9
    rest = [row - center for row in unit]
    assert found['center'] == pytest.approx(np.linalg.norm(center), abs=1e-6)
    assert found['residual'] == pytest.approx(sum(np.linalg.norm(row) for row in rest) / 9, abs=1e-6)
    assert found['spread'] == pytest.approx(np.std(unit, axis=0).mean() * 2, abs=1e-6)
    pairs = [abs(np.corrcoef(np.array(unit).T)[i, j]) for i in range(4) for j in range(4) if i != j]
    assert found['correlation'] == pytest.approx(np.mean(pairs), abs=1e-6)
    predicted = [np.array(row) / np.linalg.norm(row) for row in p.tolist()]
    query_center = sum(predicted) / 9
    extra = sum(a - b for a, b in zip(unit, predicted)) / 9  # the centre of the extra gradient
    # eta is where what is left of the extra gradient's centre stands at right angles to the predictions' centre
    assert np.dot(extra - found['eta'] * query_center, query_center) == pytest.approx(0, abs=1e-6)


def test_residuals_average_to_0_and_squares_add_up_to_1():
    center, residual = center_residual(rows())
    assert residual.mean(dim=0).abs().max() < 1e-12
    total = center.square().sum() + residual.square().sum(dim=1).mean()
    assert total.item() == pytest.approx(1, abs=1e-12)


def test_equal_embeddings_are_all_centre_and_opposite_ones_all_residual():
    one = rows(1).repeat(8, 1)
    found = collapse_statistics(one * torch.arange(1, 9)[:, None])
    assert found['center'] == pytest.approx(1, abs=1e-6) and found['residual'] == pytest.approx(0, abs=1e-6)
    found = collapse_statistics(torch.cat([one, -one]))
    assert found['center'] == pytest.approx(0, abs=1e-6) and found['residual'] == pytest.approx(1, abs=1e-6)


def test_the_centre_of_independent_directions_is_as_short_as_their_number_allows():
    found = collapse_statistics(rows(4000, 64, shift=0))
    assert found['center'] == pytest.approx(1 / math.sqrt(4000), rel=0.2)
    assert found['spread'] == pytest.approx(1, abs=0.01) and found['correlation'] < 0.02


def test_a_prediction_is_pulled_towards_its_target_and_nowhere_else():
    p, z = (F.normalize(rows(5), dim=1) for _ in range(2))
    p.requires_grad_()
    loss = LatentHead(loss_weight=0.5)(p, z)['loss']  # 1 - P . Z
    torch.testing.assert_close(-torch.autograd.grad(loss, p)[0] * 5, z, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize('temperature', [0.2, 1e5])
def test_infonces_gradient_is_the_positive_less_a_weighted_mean_of_all_candidates(temperature):
    anchors, keys = (F.normalize(rows(5), dim=1) for _ in range(2))
    anchors.requires_grad_()
    others = F.normalize(rows(7), dim=1)
    loss = ContrastiveHead(temperature)(ContrastSet(anchors, own=keys[:, None], shared=others))['loss']
    pull = -torch.autograd.grad(loss, anchors)[0] * 5 * temperature
    for i in range(5):
        candidates = torch.cat([keys[i : i + 1], others])
        weights = (candidates @ anchors[i].detach() / temperature).softmax(dim=0)
        torch.testing.assert_close(pull[i], keys[i] - weights @ candidates, rtol=1e-6, atol=1e-9)
        if temperature > 1:  # the extra gradient is then minus the candidates' centre
            torch.testing.assert_close(pull[i] - keys[i], -candidates.mean(dim=0), rtol=0, atol=1e-4)


def test_a_bias_of_0_is_no_predictor():
    z, target = rows(5), F.normalize(rows(5), dim=1)
    predictor = BiasPredictor(6).double()
    ours = LatentHead()(F.normalize(predictor(z), dim=1), target)['loss']
    assert ours.item() == pytest.approx(LatentHead()(F.normalize(z, dim=1), target)['loss'].item(), abs=1e-12)


def test_a_trained_bias_becomes_the_centre():
    z = rows(64)
    predictor = BiasPredictor(6).double()
    optimizer = torch.optim.SGD(predictor.parameters(), lr=1.0)
    for _ in range(200):
        optimizer.zero_grad()
        LatentHead()(F.normalize(predictor(z), dim=1), F.normalize(z.flip(0), dim=1))['loss'].backward()
        optimizer.step()
    center, _ = center_residual(z)
    assert F.cosine_similarity(predictor.bias, center, dim=0).item() > 0.99


def test_metric_describes_the_first_view():
    metric = CenterResidualMetric()
    first = rows(20).float()
    metric.set_pair(first, torch.ones(20, 6))
    found = metric.evaluate(20)
    assert found['views/center'] == pytest.approx(collapse_statistics(first)['center'], abs=1e-6)
    assert set(found) == {f'views/{name}' for name in ('center', 'residual', 'spread', 'correlation')}


def test_runs_with_and_without_a_predictor_share_a_plot(tmp_path):
    runs = {
        'with': [dict(iter=i, **collapse_statistics(rows(), rows())) for i in (10, 20)],
        'without': [dict(iter=10, **collapse_statistics(rows()))],
    }
    draw(runs, str(tmp_path / 'plot.png'))
    assert (tmp_path / 'plot.png').read_bytes()[:4] == b'\x89PNG'
