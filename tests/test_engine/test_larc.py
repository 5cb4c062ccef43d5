"""LARC."""

import torch

from mmcl.engine.optimizers import LARC


def apex_then_sgd(w, g, v, lr, momentum, decay, eta):
    """Apex's LARC(clip=False) changes the gradient; SGD with momentum and no decay follows."""
    wn, gn = w.norm(), g.norm()
    if wn != 0 and gn != 0:
        g = (g + decay * w) * (eta * wn / (gn + wn * decay + 1e-8))
    v = momentum * v + g
    return w - lr * v, v


def test_larc_matches_apex_for_ten_steps_biases_included():
    torch.manual_seed(0)
    shapes = [(4, 3), (4,), (2, 3, 3, 3), (1,), (3, 3)]
    params = [torch.nn.Parameter(torch.randn(s, dtype=torch.float64)) for s in shapes]
    params[-1].data.zero_()  # a tensor of norm 0 is neither adapted nor decayed
    slow = [(p.detach().clone(), torch.zeros_like(p)) for p in params]
    optimizer = LARC(params, lr=0.7, weight_decay=0.1, eta=0.02)
    for step in range(10):
        for i, p in enumerate(params):
            p.grad = torch.zeros_like(p) if (step, i) == (4, 1) else torch.randn_like(p)
            slow[i] = apex_then_sgd(*[slow[i][0], p.grad, slow[i][1]], 0.7, 0.9, 0.1, 0.02)
        optimizer.step()
        for p, (w, _) in zip(params, slow):
            torch.testing.assert_close(p.detach(), w, rtol=0, atol=1e-12)


def test_gradients_are_left_as_they_are():
    w = torch.nn.Parameter(torch.ones(2, 2))
    w.grad = torch.full((2, 2), 0.5)
    LARC([w], lr=0.1, weight_decay=0.1).step()
    assert torch.equal(w.grad, torch.full((2, 2), 0.5))
