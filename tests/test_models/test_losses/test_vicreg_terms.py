"""VICReg's terms against the paper's formulas, written as loops."""

import pytest
import torch

from mmcl.models.losses import off_diagonal_covariance, variance_hinge


def embeddings(num, dim, seed=0):
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(num, dim, generator=generator, dtype=torch.float64) * torch.linspace(0.2, 2, dim)


def slow_variance(z):
    total = 0.0
    for column in z.T.tolist():
        mean = sum(column) / len(column)
        variance = sum((x - mean) ** 2 for x in column) / (len(column) - 1)
        total += max(0.0, 1 - (variance + 1e-4) ** 0.5)
    return total / z.shape[1]


def slow_covariance(z):
    columns, num = z.T.tolist(), len(z)
    means = [sum(column) / num for column in columns]
    total = 0.0
    for i, one in enumerate(columns):
        for j, other in enumerate(columns):
            if i != j:
                covariance = sum((a - means[i]) * (b - means[j]) for a, b in zip(one, other)) / (num - 1)
                total += covariance**2
    return total / len(columns)


@pytest.mark.parametrize('num, dim', [(7, 5), (4, 9), (2, 3)])
def test_terms_equal_the_papers_loops(num, dim):
    z = embeddings(num, dim)
    assert variance_hinge(z).item() == pytest.approx(slow_variance(z), abs=1e-12)
    assert off_diagonal_covariance(z).item() == pytest.approx(slow_covariance(z), rel=1e-10)


@pytest.mark.parametrize('num, dim', [(7, 5), (4, 9)])
def test_covariance_has_the_gradient_of_the_matrix_form_whichever_product_is_made(num, dim):
    z = embeddings(num, dim).requires_grad_()
    centred = z - z.mean(0)
    matrix = centred.T @ centred / (num - 1)
    expected = (matrix.square().sum() - matrix.diagonal().square().sum()) / dim
    ours, theirs = (torch.autograd.grad(x, z)[0] for x in (off_diagonal_covariance(z), expected))
    torch.testing.assert_close(ours, theirs, rtol=1e-9, atol=1e-12)


def test_equal_rows_cost_the_whole_hinge_and_no_covariance():
    z = torch.ones(6, 4, dtype=torch.float64, requires_grad=True)
    assert variance_hinge(z).item() == pytest.approx(0.99, abs=1e-12)
    assert off_diagonal_covariance(z).item() == 0
    assert torch.isfinite(torch.autograd.grad(variance_hinge(z), z)[0]).all()


def test_a_shift_or_another_order_of_dimensions_or_rows_changes_nothing():
    z = embeddings(8, 5)
    for changed in (z + torch.arange(5.0), z[:, [3, 1, 4, 0, 2]], z[torch.randperm(8)]):
        for term in (variance_hinge, off_diagonal_covariance):
            assert term(changed).item() == pytest.approx(term(z).item(), rel=1e-9)
