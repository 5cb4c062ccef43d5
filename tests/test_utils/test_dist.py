import os

import pytest
import torch

from mmcl.utils.dist import gather, rank, world_size
from mmcl.utils.dist_grad import gather_with_grad, sum_with_grad
from mmcl.utils.errors import InputError
from mmcl.utils.launcher import init_distributed
from mmcl.utils.rank_0 import from_rank_0, on_every_process
from tests.processes import call

N, W = 3, 2


def batch() -> torch.Tensor:
    return torch.arange(N * W * 2, dtype=torch.float64).view(N * W, 2).sin()


def anchors_against_all(anchors, everyone, first):
    """Mean over anchors of a loss in which every row of ``everyone`` is a candidate."""
    sims = anchors @ everyone.T
    return torch.nn.functional.cross_entropy(sims, torch.arange(len(anchors)) + first)


def on_two_ranks() -> dict:
    init_distributed('pytorch')
    mine = batch()[rank() * N : (rank() + 1) * N].requires_grad_()
    everyone = gather_with_grad(mine)
    local = torch.autograd.grad(anchors_against_all(mine, everyone, rank() * N), mine)[0]
    shared = torch.autograd.grad((gather_with_grad(mine) ** 3).sum().sin(), mine)[0]
    total = sum_with_grad(mine)
    summed = torch.autograd.grad((total * (1 + rank())).sum(), mine)[0]

    def refuse():
        raise InputError('rank 0 said no', 'yes', 'Ask again')

    try:
        on_every_process(refuse)
        refused = ''
    except InputError as error:
        refused = str(error)
    return dict(
        world_size=world_size(),
        gathered=gather(mine),
        equal=torch.equal(everyone, gather(mine)),
        local=local,
        shared=shared,
        total=total.detach(),
        summed=summed,
        told=from_rank_0(f'rank {rank()}'),
        refused=refused,
        ints=gather(torch.tensor([rank()])).tolist(),
    )


@pytest.fixture(scope='module')
def ranks(tmp_path_factory):
    return call(on_two_ranks, folder=tmp_path_factory.mktemp('ranks'), processes=W)


def test_gather_keeps_rank_order_on_gloo(ranks):
    for result in ranks:
        assert result['world_size'] == W and result['equal'] and result['ints'] == [0, 1]
        assert torch.equal(result['gathered'], batch())
        assert not result['gathered'].requires_grad


def test_gradient_of_local_anchors_after_averaging_is_that_of_the_whole_batch(ranks):
    whole = batch().requires_grad_()
    expected = torch.autograd.grad(anchors_against_all(whole, whole, 0), whole)[0]
    # DDP averages parameter gradients over processes; a parameter's gradient is a sum over rows, so rows are divided by W
    assert torch.allclose(torch.cat([result['local'] for result in ranks]) / W, expected, atol=1e-12)


def test_gradient_of_a_loss_that_every_rank_computes_is_exact_after_averaging(ranks):
    whole = batch().requires_grad_()
    expected = torch.autograd.grad((whole**3).sum().sin(), whole)[0]
    assert torch.allclose(torch.cat([result['shared'] for result in ranks]) / W, expected, atol=1e-12)


def test_sum_with_grad_sums_values_and_gradients(ranks):
    for result in ranks:
        assert torch.allclose(result['total'], batch()[:N] + batch()[N:])
        assert torch.equal(result['summed'], torch.full((N, 2), 3.0, dtype=torch.float64))


def test_every_rank_hears_rank_0_and_its_mistakes(ranks):
    for result in ranks:
        assert result['told'] == 'rank 0'
        assert 'rank 0 said no' in result['refused']


def test_alone_everything_is_the_identity():
    x = torch.ones(2, 3, requires_grad=True)
    assert gather_with_grad(x) is x and sum_with_grad(x) is x
    assert torch.equal(gather(x), x) and not gather(x).requires_grad
    assert from_rank_0('here') == 'here' and on_every_process(lambda: 5) == 5


def test_a_launcher_that_did_not_start_the_process_is_a_sentence(monkeypatch):
    for name in [name for name in os.environ if name in ('RANK', 'WORLD_SIZE', 'LOCAL_RANK', 'MASTER_ADDR')]:
        monkeypatch.delenv(name)
    with pytest.raises(InputError, match=r'--launcher pytorch was given, but RANK.*dist_train.sh'):
        init_distributed('pytorch')
    with pytest.raises(InputError, match='SLURM_PROCID.*slurm_train.sh'):
        init_distributed('slurm')
    with pytest.raises(InputError, match="launcher='torch'"):
        init_distributed('torch')
