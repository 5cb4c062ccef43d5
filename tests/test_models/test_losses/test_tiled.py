"""The tiled loss against the whole matrix."""

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.losses import info_nce, tiled_loss
from mmcl.structures import ContrastSet

NUM, OWN, SHARED, DIM = 7, 2, 11, 5


def unit(*shape, dtype=torch.float64):
    return F.normalize(torch.randn(*shape, dtype=dtype), dim=-1).requires_grad_()


def whole_matrix(contrast, temperature):
    """The textbook: all cosines, a mask, a cross entropy; autograd does the rest."""
    own = (contrast.anchors[:, None] * contrast.own).sum(2)
    shared = contrast.anchors @ contrast.shared.T
    unseen = [[m in row for m in range(shared.shape[1])] for row in contrast.hidden.tolist()]
    shared = shared.masked_fill(torch.tensor(unseen, dtype=torch.bool).reshape(shared.shape), float('-inf'))
    return F.cross_entropy(torch.cat([own, shared], dim=1) / temperature, contrast.target)


def sets():
    """Every shape of set that the methods make, by name."""
    torch.manual_seed(0)
    hidden = torch.tensor([[0, 3], [-1, 1], [-1, -1], [0, -1], [10, 9], [4, -1], [-1, 0]])
    beyond = torch.tensor([0, 1, 4, 7, 2, 12, 5])
    phi = torch.rand(SHARED, dtype=torch.float64) / 2 + 0.1
    return dict(
        queue=(ContrastSet(unit(NUM, DIM), unit(NUM, 1, DIM), unit(SHARED, DIM)), 0.2),
        batch=(ContrastSet(unit(NUM, DIM), unit(NUM, OWN, DIM), unit(SHARED, DIM), hidden=hidden), 0.1),
        prototypes=(ContrastSet(unit(NUM, DIM), None, unit(SHARED, DIM), torch.arange(NUM)), phi),
        own_only=(ContrastSet(unit(NUM, DIM), unit(NUM, 4, DIM)), 0.5),
        shared_positives=(ContrastSet(unit(NUM, DIM), unit(NUM, OWN, DIM), unit(SHARED, DIM), beyond), 0.3),
    )


@pytest.mark.parametrize('rows', [1, 3, NUM, 100])
@pytest.mark.parametrize('name', sets())
def test_loss_and_gradients_equal_those_of_the_whole_matrix(name, rows):
    contrast, temperature = sets()[name]
    inputs = [x for x in (contrast.anchors, contrast.own, contrast.shared) if x.requires_grad]
    loss, _, _ = tiled_loss(info_nce, contrast, temperature, tile=rows * contrast.cosines().shape[1])
    expected = whole_matrix(contrast, temperature)
    assert loss.item() == pytest.approx(expected.item(), abs=1e-12)
    for mine, theirs in zip(torch.autograd.grad(loss * 3, inputs), torch.autograd.grad(expected * 3, inputs)):
        torch.testing.assert_close(mine, theirs, rtol=0, atol=1e-12)


def test_loss_is_that_of_the_whole_matrix_to_fp32_rounding():
    torch.manual_seed(1)
    anchors, own, shared = (unit(*s, dtype=torch.float32) for s in ((300, 64), (300, 1, 64), (2000, 64)))
    exact = whole_matrix(ContrastSet(anchors.double(), own.double(), shared.double()), 0.07)
    loss, _, _ = tiled_loss(info_nce, ContrastSet(anchors, own, shared), 0.07)
    assert loss.item() == pytest.approx(exact.item(), rel=5e-7)
    for mine, theirs in zip(
        torch.autograd.grad(loss, (anchors, shared)), torch.autograd.grad(exact, (anchors, shared))
    ):
        assert (mine - theirs).abs().max() < 5e-6 * theirs.abs().max()


def test_only_what_asks_for_a_gradient_gets_one():
    queue = unit(SHARED, DIM).detach()
    anchors, own = unit(NUM, DIM), unit(NUM, 1, DIM).detach()
    loss, _, _ = tiled_loss(info_nce, ContrastSet(anchors, own, queue), 0.2)
    loss.backward()
    assert anchors.grad is not None and own.grad is None and queue.grad is None


def test_sums_of_cosines_count_what_the_anchors_see():
    contrast, temperature = sets()['batch']
    _, positive, visible = tiled_loss(info_nce, contrast, temperature, tile=30)
    shared, own = contrast.anchors @ contrast.shared.T, (contrast.anchors[:, None] * contrast.own).sum(2)
    expected = own.sum().item()
    for n, row in enumerate(contrast.hidden.tolist()):
        expected += sum(shared[n, m].item() for m in range(SHARED) if m not in row)
    assert visible.item() == pytest.approx(expected, abs=1e-12)
    assert positive.item() == pytest.approx(own[:, 0].sum().item(), abs=1e-12)
    assert not visible.requires_grad and not positive.requires_grad
