"""GradCache: the big batch in chunks."""

import os
import re

import pytest
import torch
import torch.distributed as dist
from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmcl.models.encoders.chunked import in_chunks
from mmcl.utils.errors import InputError
from tests.processes import call
from tests.test_models.tiny import BACKBONE, NECK, PREDICTOR, batch, build, total

GROUPS = dict(type='GN', num_groups=2)
NO_BATCH_NORM = dict(backbone={**BACKBONE, 'norm_cfg': GROUPS}, neck={**NECK, 'norm_cfg': None})
EMA = dict(type='EMAPair', momentum=0.9)
SHARED = dict(type='SharedPair')
# name -> (method, encoder, other changes)
CASES = {
    'simclr': ('simclr', SHARED, {}),
    'simclr, view by view': ('simclr', {**SHARED, 'joint': False}, {}),
    'moco': ('moco', EMA, {}),
    'symmetric moco': ('moco', EMA, dict(pairs=[(0, 1), (1, 0)])),
    'shuffling moco': ('moco', {**EMA, 'shuffle_bn': True}, {}),
    'byol': ('byol', EMA, {}),
    'simsiam': ('byol', dict(type='StopGradPair'), {}),
    'pcl': ('pcl', EMA, {}),
}


def learner(name: str, chunk_size=None, **changes):
    """A case without batch norm in backbone and neck; the predictor, which is not chunked, keeps its own."""
    method, encoder, more = CASES[name]
    return build(
        method, encoder={**encoder, 'chunk_size': chunk_size}, **{**NO_BATCH_NORM, **more, **changes}
    )


def step(model, inputs, samples, wrapped=None) -> tuple:
    """Losses, gradients and the queue after one step."""
    losses = (wrapped or model)(inputs, samples, mode='loss')
    total(losses).backward()
    gradients = {n: p.grad.clone() for n, p in model.named_parameters() if p.grad is not None}
    return losses, gradients, None if model.memory is None else model.memory.read()


def assert_same(one: tuple, other: tuple) -> None:
    assert list(one[0]) == list(other[0]) and list(one[1]) == list(other[1]) and len(one[1]) > 10
    for name, value in one[0].items():
        assert torch.allclose(value, other[0][name], rtol=1e-12, atol=1e-14), name
    largest = max(g.abs().max() for g in one[1].values())
    for name, gradient in one[1].items():
        assert (gradient - other[1][name]).abs().max() < 1e-12 * largest, name
    assert one[2] is None or torch.allclose(one[2], other[2], atol=1e-7)


@pytest.mark.parametrize('name', CASES)
@pytest.mark.parametrize('chunk_size', [1, 4, 5])
def test_chunks_give_the_losses_and_gradients_of_the_big_batch(name, chunk_size):
    inputs, samples = batch(num=6)
    assert_same(step(learner(name), inputs, samples), step(learner(name, chunk_size), inputs, samples))


def test_a_batch_norm_in_evaluation_mode_does_not_see_the_chunks():
    def frozen(chunk_size):
        model = build('moco', encoder={**EMA, 'chunk_size': chunk_size})
        for module in model.modules():
            if isinstance(module, _BatchNorm):
                module.eval()
        return model

    inputs, samples = batch(num=6)
    assert_same(step(frozen(None), inputs, samples), step(frozen(2), inputs, samples))


def test_running_statistics_follow_each_chunk_once():
    inputs, samples = batch(num=6)
    chunked, by_hand = (build('simclr', encoder={**SHARED, 'chunk_size': size}) for size in (4, None))
    step(chunked, inputs, samples)
    with torch.no_grad():
        for chunk in torch.cat(inputs).tensor_split(3):
            by_hand.project(chunk)
    pairs = list(zip(chunked.named_buffers(), by_hand.buffers()))
    assert len(pairs) > 10 and int(chunked.backbone.bn1.num_batches_tracked) == 3
    for (name, value), expected in pairs:
        assert torch.allclose(value, expected, rtol=1e-12), name


class Noisy(nn.Module):
    """A network whose output depends on the random state."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone = nn.Sequential(nn.Flatten(), nn.Linear(12, 8), nn.Dropout(0.5), nn.Linear(8, 4))
        self.neck = None


def run(network: Noisy, images) -> torch.Tensor:
    return network.backbone(images)


def test_dropout_is_the_same_when_a_chunk_is_run_again():
    network, images = Noisy().double(), torch.randn(6, 3, 2, 2, dtype=torch.float64)
    weight = torch.randn(6, 4, dtype=torch.float64)
    (in_chunks(run, network, images, 2) * weight).sum().backward()
    after = torch.rand(3)
    gradients = [p.grad.clone() for p in network.parameters()]
    network.zero_grad()
    torch.manual_seed(0)
    Noisy(), torch.randn(6, 3, 2, 2, dtype=torch.float64), torch.randn(6, 4, dtype=torch.float64)
    (torch.cat([run(network, chunk) for chunk in images.split(2)]) * weight).sum().backward()
    assert all(torch.allclose(a, p.grad, rtol=1e-12) for a, p in zip(gradients, network.parameters()))
    assert torch.equal(after, torch.rand(3))  # nor does running it again move the random state


def test_autocast_is_the_same_when_a_chunk_is_run_again():
    network, images, seen = Noisy().eval(), torch.randn(6, 3, 2, 2), []

    def watched(network, images):
        output = network.backbone(images)
        seen.append(output.dtype)
        return output

    with torch.autocast('cpu', torch.bfloat16):
        chunked = in_chunks(watched, network, images, 2)
        # the same weights outside the chunks, in one autocast: their casts must carry gradient
        direct = run(network, images)
    chunked.float().sum().backward()
    gradients = [p.grad.clone() for p in network.parameters()]
    network.zero_grad()
    direct.float().sum().backward()
    assert seen == [torch.bfloat16] * 6
    assert all(
        torch.allclose(a, p.grad, rtol=0.05, atol=0.05) for a, p in zip(gradients, network.parameters())
    )


def test_images_that_want_a_gradient_get_it():
    network = Noisy().double().eval()
    one = torch.randn(5, 3, 2, 2, dtype=torch.float64, requires_grad=True)
    other = one.detach().clone().requires_grad_()
    in_chunks(run, network, one, 2).square().sum().backward()
    run(network, other).square().sum().backward()
    assert torch.allclose(one.grad, other.grad, rtol=1e-12)


def test_a_weight_that_changes_before_backward_is_an_error_as_without_chunks():
    network = Noisy().double().eval()
    loss = in_chunks(run, network, torch.randn(5, 3, 2, 2, dtype=torch.float64), 2).square().sum()
    with torch.no_grad():
        network.backbone[3].weight.mul_(2)
    with pytest.raises(RuntimeError, match='modified by an inplace operation'):
        loss.backward()


def test_without_gradient_nothing_is_kept():
    network = Noisy().double().eval()
    images = torch.randn(5, 3, 2, 2, dtype=torch.float64)
    with torch.no_grad():
        assert torch.allclose(in_chunks(run, network, images, 2), run(network, images), rtol=1e-12)
    network.requires_grad_(False)
    assert not in_chunks(run, network, images, 2).requires_grad


def test_a_chunk_of_no_images_is_refused():
    with pytest.raises(InputError, match=re.escape('chunk_size=-1')):
        learner('simclr', -1).loss(*batch())


def on_two_ranks(names: list) -> dict:
    """One step under DDP of every case, in chunks; synchronised batch norm in the predictor."""
    from mmcl.models.norm import convert_sync_batchnorm_for_cpu

    rank = int(os.environ['RANK'])
    dist.init_process_group('gloo', rank=rank, world_size=2)
    results = {}
    inputs, samples = batch(num=8)
    share = slice(rank * 4, rank * 4 + 4)
    for name in names:
        model = convert_sync_batchnorm_for_cpu(learner(name, 3, predictor=SYNCED[CASES[name][0]]))
        wrapped = nn.parallel.DistributedDataParallel(
            model, broadcast_buffers=False, gradient_as_bucket_view=True
        )
        losses, gradients, queue = step(model, [v[share] for v in inputs], samples[share], wrapped)
        value = total(losses).detach().clone()
        dist.all_reduce(value)
        results[name] = value / 2, gradients, queue
    return results


SYNCED = dict(simclr=None, moco=None, byol={**PREDICTOR, 'norm_cfg': dict(type='SyncBN')})


def test_two_processes_in_chunks_equal_one_with_the_big_batch(tmp_path):
    names = ['simclr', 'symmetric moco', 'byol']
    results = call(on_two_ranks, names, folder=tmp_path, processes=2)
    inputs, samples = batch(num=8)
    for name in names:
        losses, gradients, queue = step(learner(name), inputs, samples)
        for loss, reduced, read in (result[name] for result in results):
            assert torch.allclose(loss, total(losses), rtol=1e-9)
            largest = max(g.abs().max() for g in gradients.values())
            for parameter, gradient in gradients.items():
                assert (reduced[parameter] - gradient).abs().max() < 1e-7 * largest, (name, parameter)
            # a process writes the keys of both its views, so the queue holds the same ones in another order
            assert queue is None or torch.allclose(read.sum(0), queue.sum(0), atol=1e-5)
