"""A contrastive loss without the N x C matrix."""

from typing import Callable, Tuple, Union

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from mmcl.structures import ContrastSet

Rule = Callable[[Tensor, Tensor], Tuple[Tensor, Tensor]]
_TILE = dict(cpu=1 << 20, cuda=1 << 25)  # logits at once: 4 MiB stay in a CPU's cache, 128 fill a GPU


def tiled_loss(
    rule: Rule, contrast: ContrastSet, temperature: Union[float, Tensor], tile: int = 0
) -> Tuple[Tensor, Tensor, Tensor]:
    """The mean loss of a contrast set under a rule for each anchor, a few anchors at a time.

    The gradient is computed together with the loss, while a tile's logits are at hand: three matrix products in all, none of them
    twice, and memory that grows with N + C instead of N x C. The result is that of the whole matrix up to the order of sums.

    Args:
        rule (callable): From logits (n, C) and the positives' columns (n,) to losses (n,) and their derivatives by the logits (n, C). It is
            called once for each tile, in the order of the anchors.
        contrast (ContrastSet): N anchors and C candidates.
        temperature (float | Tensor): Divides the cosines; one number, or one a candidate, (C,).
        tile (int): Logits held at once; 0 takes what suits the device.

    Returns:
        tuple: The loss, a scalar with gradient to anchors and candidates (not to the temperature, and only once differentiable);
        without gradient, the sums of the positives' cosines and of all that the anchors see.
    """
    c = contrast
    tile = tile or _TILE[c.anchors.device.type]
    rows = max(tile // (c.own.shape[1] + len(c.shared)), 1)
    return _TiledLoss.apply(rule, temperature, rows, c.anchors, c.own, c.shared, c.target, c.hidden)


class _TiledLoss(torch.autograd.Function):
    @staticmethod
    def forward(ctx, rule, temperature, rows, anchors, own, shared, target, hidden):
        wanted = zip((anchors, own, shared), ctx.needs_input_grad[3:6])
        gradients = d_anchors, d_own, d_shared = [torch.zeros_like(x) if w else None for x, w in wanted]
        loss, positive, visible = (anchors.new_zeros(()) for _ in range(3))
        whole, num = ContrastSet(anchors, own, shared, target, hidden), len(anchors)
        for start in range(0, num, rows):
            part = slice(start, start + rows)
            tile = whole.rows(part)
            cosines = tile.cosines()
            positive += cosines.gather(1, tile.target[:, None]).sum()
            visible += cosines.sum()
            visible -= tile.hide(cosines)
            losses, by_logits = rule(cosines.div_(temperature), tile.target)
            loss += losses.sum()
            by_own, by_shared = by_logits.div_(temperature * num).tensor_split([own.shape[1]], dim=1)
            if d_anchors is not None:
                torch.mm(by_shared, shared, out=d_anchors[part])
                d_anchors[part] += torch.einsum('np,npd->nd', by_own, tile.own)
            if d_own is not None:
                torch.mul(by_own[:, :, None], tile.anchors[:, None], out=d_own[part])
            if d_shared is not None:
                d_shared.addmm_(by_shared.T, tile.anchors)
        ctx.save_for_backward(*gradients)
        ctx.mark_non_differentiable(positive, visible)
        return loss / num, positive, visible

    @staticmethod
    @once_differentiable
    def backward(ctx, by_loss, *_):
        d_anchors, d_own, d_shared = (g if g is None else g * by_loss for g in ctx.saved_tensors)
        return None, None, None, d_anchors, d_own, d_shared, None, None
