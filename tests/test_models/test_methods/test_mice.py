"""MiCE."""

import math

import pytest
import torch
import torch.nn.functional as F

from mmcl.models.heads.mixture_head import simplex
from mmcl.models.losses import expert_log_likelihoods
from mmcl.utils.errors import InputError
from tests.test_models.tiny import batch, build, total


def step(learner, num=4, seed=0):
    inputs, samples = batch(num=num, views=3, seed=seed)
    return inputs, samples


def encoded(learner, inputs):
    """Student's embeddings, teacher's and the gate's, as the learner's next step sees them."""
    query, key = learner.encoder(learner, inputs, learner.pairs)
    return query[0][..., :-1].detach(), key[1][..., :-1], query[2][..., -1].detach()


def slow_terms(learner, f, v, g):
    """Log-prior and log-likelihood, (N, K) each, an image, an expert and a key at a time."""
    queue, mu = learner.memory.read(), F.normalize(learner.head.prototypes, dim=1).detach()
    prior, likelihood = [], []
    for n in range(len(f)):
        gate = [float(omega.double() @ g[n]) for omega in learner.head.gates]
        norm = math.log(sum(map(math.exp, gate)))
        prior.append([value - norm for value in gate])
        row = []
        for k in range(mu.shape[0]):
            anchor = f[n, :, k] + mu[k]
            scores = [float(v[n, :, k] @ anchor)] + [float(u[:, k].double() @ anchor) for u in queue]
            row.append(scores[0] - math.log(sum(map(math.exp, scores))))
        likelihood.append(row)
    return torch.tensor(prior).double(), torch.tensor(likelihood).double()


def test_loss_is_the_papers_evidence_lower_bound_by_loops():
    learner = build('mice')
    inputs, samples = step(learner)
    f, v, g = encoded(learner, inputs)
    prior, likelihood = slow_terms(learner, f, v, g)
    losses = learner.loss(inputs, samples)
    bound, evidence = 0.0, 0.0
    for log_pi, log_phi in zip(prior.tolist(), likelihood.tolist()):
        joint = [math.exp(a + b) for a, b in zip(log_pi, log_phi)]
        evidence += math.log(sum(joint)) / 4
        q = [value / sum(joint) for value in joint]
        assert sum(q) == pytest.approx(1)
        bound += sum(p * (a + b - math.log(p)) for p, a, b in zip(q, log_pi, log_phi)) / 4
    assert bound == pytest.approx(evidence, abs=1e-12)
    assert losses['loss_0to1'].item() == pytest.approx(-bound, abs=1e-6)


def test_gradient_is_that_of_the_explicit_bound_with_a_posterior_that_is_held():
    learner = build('mice')
    f, v = (F.normalize(torch.randn(4, 8, 3).double(), dim=1) for _ in range(2))
    g = F.normalize(torch.randn(4, 8).double(), dim=1)
    f.requires_grad_(), g.requires_grad_()
    queue = learner.memory.read()
    terms, posterior = learner.head(f, v, g, queue)
    inputs = (f, g, learner.head.prototypes)
    mine = torch.autograd.grad(terms['loss'], inputs)
    mu = F.normalize(learner.head.prototypes, dim=1)
    log_pi = (g @ learner.head.gates.double().T).log_softmax(dim=1)
    scores = torch.einsum('mdk,ndk->nkm', queue.double(), f + mu.T)
    positive = torch.einsum('ndk,ndk->nk', v, f + mu.T)[..., None]
    log_phi = torch.cat([positive, scores], dim=2).log_softmax(dim=2)[..., 0]
    q = (log_pi + log_phi).softmax(dim=1).detach()
    bound = (q * (log_pi + log_phi - q.log())).sum(dim=1).mean()
    assert torch.allclose(posterior, q, atol=1e-9)
    assert terms['loss'].item() == pytest.approx(-bound.item(), abs=1e-9)
    for one, other in zip(mine, torch.autograd.grad(-bound, inputs)):
        assert torch.allclose(one, other, atol=1e-9)


def test_with_one_expert_it_is_info_nce_of_a_query_moved_by_its_prototype():
    learner = build(
        'mice',
        neck=dict(type='ExpertsNeck', in_channels=32, out_channels=8, num_experts=1),
        memory=dict(type='ExpertQueue', size=20, dim=8, num_experts=1),
        head=dict(type='MixtureHead', in_channels=8, num_experts=1),
    )
    inputs, samples = step(learner)
    f, v, _ = encoded(learner, inputs)
    anchor = f[..., 0] + F.normalize(learner.head.prototypes, dim=1)[0].detach()
    logits = torch.cat(
        [(anchor * v[..., 0]).sum(1, keepdim=True), anchor @ learner.memory.read()[..., 0].double().T], 1
    )
    expected = F.cross_entropy(logits, torch.zeros(4, dtype=torch.long))
    losses = learner.loss(inputs, samples)
    assert losses['loss_0to1'].item() == pytest.approx(expected.item(), abs=1e-6)
    assert losses['certainty'].item() == pytest.approx(1)


def test_equal_similarities_cost_chance():
    anchors, keys, queue = torch.zeros(2, 5, 3), torch.randn(2, 5, 3), torch.randn(7, 5, 3)
    assert torch.allclose(expert_log_likelihoods(anchors, keys, queue), torch.tensor(-math.log(8)))


def test_permuted_experts_cost_the_same():
    learner = build('mice')
    f, v, queue = (F.normalize(torch.randn(n, 8, 3).double(), dim=1) for n in (4, 4, 20))
    g = F.normalize(torch.randn(4, 8).double(), dim=1)
    one, posterior = learner.head(f, v, g, queue)
    order = torch.tensor([2, 0, 1])
    learner.head.gates.copy_(learner.head.gates[order])
    learner.head.prototypes.data.copy_(learner.head.prototypes.data[order])
    other, permuted = learner.head(f[..., order], v[..., order], g, queue[..., order])
    assert other['loss'].item() == pytest.approx(one['loss'].item(), abs=1e-9)
    assert torch.allclose(permuted, posterior[:, order])


@pytest.mark.parametrize('num, dim', [(2, 1), (3, 8), (10, 128), (20, 19), (129, 128)])
def test_gates_have_unit_length_and_equal_least_cosines(num, dim):
    gates = simplex(num, dim).double()
    expected = torch.full((num, num), -1 / (num - 1)).double().fill_diagonal_(1)
    assert gates.shape == (num, dim)
    assert torch.allclose(gates @ gates.T, expected, atol=1e-5)


def test_more_gates_than_fit_are_refused():
    with pytest.raises(InputError, match='10 gates of 8 numbers'):
        simplex(10, 8)


def test_prototypes_become_the_direction_of_their_images_keys_and_one_without_images_stays():
    learner = build('mice')
    head, before = learner.head, learner.head.prototypes.detach().clone()
    sums = {0: torch.zeros(8).double(), 1: torch.zeros(8).double()}
    for _ in range(3):
        key = F.normalize(torch.randn(4, 8, 3).double(), dim=1)
        posterior = torch.tensor(
            [[0.8, 0.1, 0.1], [0.2, 0.7, 0.1], [0.5, 0.4, 0.1], [0.4, 0.5, 0.1]]
        ).double()
        head.accumulate(key, posterior)
        for n, own in enumerate([0, 1, 0, 1]):
            sums[own] += key[n, :, own]
    head.renew()
    for own, added in sums.items():
        assert torch.allclose(head.prototypes[own], added / added.norm(), atol=1e-6)
    assert torch.equal(head.prototypes[2], before[2])
    assert not head.sums.any()


def test_keys_of_all_experts_are_enqueued_and_only_the_student_learns():
    learner = build('mice')
    inputs, samples = step(learner)
    _, v, _ = encoded(learner, inputs)
    total(learner.loss(inputs, samples)).backward()
    assert torch.allclose(learner.memory.read()[:4].double(), v, atol=1e-6)
    assert int(learner.memory.pointer) == 4
    assert all(p.grad is None for p in learner.encoder.target.parameters())
    assert all(p.grad is not None for n, p in learner.named_parameters() if p.requires_grad)


def test_the_queue_starts_with_vectors_of_length_about_one():
    queue = build('mice', memory=dict(type='ExpertQueue', size=500, dim=8, num_experts=3)).memory.read()
    assert float(queue.square().sum(dim=1).mean()) == pytest.approx(1, abs=0.05)
    assert float(queue.abs().max()) <= (3 / 8) ** 0.5


def test_an_image_is_in_the_cluster_of_its_likeliest_expert_and_asking_changes_nothing():
    learner = build('mice').eval()
    images = batch(num=5)[0][0]
    before = {name: value.clone() for name, value in learner.state_dict().items()}
    clusters, chance = learner.assign(images)
    after = learner.state_dict()
    assert all(
        torch.equal(before[name], after[name])
        for name in before
        if 'copied' not in name and 'target' not in name
    )
    f, v, g = encoded(learner, [images] * 3)
    prior, likelihood = slow_terms(learner, f, v, g)
    posterior = (prior + likelihood).softmax(dim=1)
    assert torch.equal(clusters[:, 0], posterior.argmax(dim=1))
    assert torch.allclose(chance[:, 0], posterior.amax(dim=1), atol=1e-6)


def test_two_views_are_refused():
    inputs, samples = batch(num=4, views=2)
    with pytest.raises(InputError, match='MiCE was given 2 view'):
        build('mice').loss(inputs, samples)
