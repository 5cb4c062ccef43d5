"""NPID's head and its partition function."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.heads import NCEHead
from mmcl.structures import ContrastSet
from mmcl.utils.errors import InputError

N = 30


def contrast(seed=0, num=4, negatives=6):
    generator = torch.Generator().manual_seed(seed)
    anchors, own = (
        F.normalize(torch.randn(*shape, generator=generator, dtype=torch.float64), dim=-1)
        for shape in ((num, 8), (num, 1 + negatives, 8))
    )
    return ContrastSet(anchors.requires_grad_(), own=own)


def exponentials(c, temperature):
    return torch.einsum('nd,npd->np', c.anchors, c.own).div(temperature).exp()


def test_z_is_n_times_the_mean_over_all_candidates_of_the_first_batch_and_then_stays():
    head, first, second = NCEHead(0.2, num_samples=N).double(), contrast(), contrast(1)
    head(first)
    z = N * exponentials(first, 0.2).mean()
    assert head.log_z.item() == pytest.approx(z.log().item(), rel=1e-12)
    loss = head(second)['loss']
    assert head.log_z.item() == pytest.approx(z.log().item(), rel=1e-12)
    p = exponentials(second, 0.2) / z
    h = p / (p + 6 / N)
    expected = -(h[:, 0].log() + (1 - h[:, 1:]).log().sum(1)).mean()
    torch.testing.assert_close(loss, expected)
    (slope,) = torch.autograd.grad(loss, second.anchors)
    (expected_slope,) = torch.autograd.grad(expected, second.anchors)
    torch.testing.assert_close(slope, expected_slope)


def test_hidden_candidates_take_no_part_in_z():
    c = contrast()
    shared = F.normalize(torch.randn(3, 8, dtype=torch.float64), dim=1)
    hidden = torch.tensor([[0], [1], [-1], [2]])
    head = NCEHead(0.2, num_samples=N).double()
    head(ContrastSet(c.anchors, own=c.own, shared=shared, hidden=hidden))
    terms = exponentials(c, 0.2).flatten().tolist()
    for n in range(4):
        terms += [math.exp(float(c.anchors[n] @ shared[m]) / 0.2) for m in range(3) if m != hidden[n]]
    assert head.log_z.item() == pytest.approx(math.log(N * sum(terms) / len(terms)), rel=1e-12)


def test_chance_is_the_loss_of_equal_probabilities():
    terms = NCEHead(0.2, num_samples=N, loss_weight=0.5)(contrast())
    assert terms['chance'].item() == pytest.approx(0.5 * (math.log(7) + 6 * math.log(7 / 6)), rel=1e-6)


def test_z_survives_in_the_state_and_is_not_estimated_again():
    head, twin = NCEHead(0.2, num_samples=N).double(), NCEHead(0.2, num_samples=N).double()
    head(contrast())
    twin(contrast(1))
    twin.load_state_dict(head.state_dict())
    twin(contrast(2))
    assert twin.log_z.item() == head.log_z.item()


def test_an_unknown_number_of_images_is_refused_and_the_runner_tells_it():
    head = NCEHead()
    with pytest.raises(InputError, match='num_samples=None'):
        head(contrast())
    head.size_to_dataset(N)
    assert head(contrast())['loss'].isfinite()
