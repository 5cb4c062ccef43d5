"""A batch through a network in chunks, with the gradient of the whole: GradCache."""

from functools import partial
from typing import Callable, List, Optional, Tuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from mmcl.models.norm import frozen_statistics
from mmcl.utils.errors import expect


def in_chunks(
    project: Callable[[nn.Module, Tensor], Tensor], network: nn.Module, images: Tensor, size: int
) -> Tensor:
    """Project a batch, holding the activations of one chunk at a time (GradCache, Gao et al. 2021, https://arxiv.org/abs/2101.06983).

    The forward pass keeps embeddings only. Once the loss of the whole batch has given their gradient, each chunk is run again,
    with the same random numbers and in the same precision, and passes its part on to the parameters. Without batch norm, or with it
    in evaluation mode, embeddings and gradients are those of the whole batch at once; in training mode its statistics are a chunk's,
    and a chunk counts once in the running statistics. Each parameter receives one gradient, so DDP reduces it once.

    Args:
        project (callable): ``(network, images) -> (N, D)``.
        network (nn.Module): Has ``backbone`` and ``neck``.
        images (Tensor): (N, 3, H, W).
        size (int): Most images in a chunk, >= 1; chunks are as equal as can be.

    Returns:
        Tensor: (N, D). It can be differentiated once.

    Raises:
        InputError: ``size`` < 1.
    """
    expect(size >= 1, f'The encoder has chunk_size={size}', 'at least 1', 'Set model.encoder.chunk_size')
    parts = [part for part in (network.backbone, network.neck) if part is not None]
    parameters = [p for part in parts for p in part.parameters() if p.requires_grad]
    run = partial(project, network)
    if not (torch.is_grad_enabled() and (parameters or images.requires_grad)):
        return torch.cat([run(chunk) for chunk in _split(images, size)])
    return _InChunks.apply(run, parts, size, images, *parameters)


def _split(images: Tensor, size: int) -> Tuple[Tensor, ...]:
    return images.tensor_split(-(-len(images) // size))


class _InChunks(torch.autograd.Function):
    """See :func:`in_chunks`. The parameters are inputs, so that autograd, and DDP behind it, sees one gradient of each."""

    @staticmethod
    def forward(
        ctx, run: Callable, parts: List[nn.Module], size: int, images: Tensor, *parameters: Tensor
    ) -> Tensor:
        device = images.device.type
        ctx.run, ctx.parts, ctx.size = run, parts, size
        ctx.save_for_backward(images, *parameters)  # autograd then notices if one is changed before backward
        ctx.rng = _rng(images)
        # weights that autocast casts here carry no gradient: kept for later uses, they would silently lose it
        ctx.autocast = dict(
            device_type=device,
            dtype=torch.get_autocast_dtype(device),
            enabled=torch.is_autocast_enabled(device),
            cache_enabled=False,
        )
        with torch.autocast(**ctx.autocast):
            return torch.cat([run(chunk) for chunk in _split(images, size)])

    @staticmethod
    @once_differentiable
    def backward(ctx, grad: Tensor) -> Tuple[Optional[Tensor], ...]:
        images, *parameters = ctx.saved_tensors
        totals: List[Optional[Tensor]] = [None] * len(parameters)
        image_grads = []
        devices = [images.device] if images.is_cuda else []
        with torch.random.fork_rng(devices), frozen_statistics(*ctx.parts):
            _set_rng(ctx.rng, images)
            for chunk, embedding_grad in zip(_split(images, ctx.size), _split(grad, ctx.size)):
                with torch.enable_grad(), torch.autocast(**ctx.autocast):
                    chunk = chunk.detach().requires_grad_(images.requires_grad)
                    embedding = ctx.run(chunk)
                inputs = [*parameters, chunk] if images.requires_grad else parameters
                grads = torch.autograd.grad(embedding, inputs, embedding_grad, allow_unused=True)
                if images.requires_grad:
                    *grads, image_grad = grads
                    image_grads.append(image_grad)
                for i, part in enumerate(grads):
                    if (
                        part is not None
                    ):  # the first is copied: autograd may hand the same tensor to two parameters
                        totals[i] = part.clone() if totals[i] is None else totals[i].add_(part)
                del grads, part  # before the next chunk needs the room
        return None, None, None, torch.cat(image_grads) if image_grads else None, *totals


def _rng(images: Tensor) -> Tuple[Tensor, Optional[Tensor]]:
    return torch.get_rng_state(), torch.cuda.get_rng_state(images.device) if images.is_cuda else None


def _set_rng(state: Tuple[Tensor, Optional[Tensor]], images: Tensor) -> None:
    torch.set_rng_state(state[0])
    if state[1] is not None:
        torch.cuda.set_rng_state(state[1], images.device)
