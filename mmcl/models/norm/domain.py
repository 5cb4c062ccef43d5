"""Batch norm for two domains in one batch."""

import copy

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmcl.utils.errors import expect


class DomainBatchNorm(nn.Module):
    """The first half of a batch goes through one norm, the second through another; evaluation takes the second's.

    Domain-specific batch norm (https://arxiv.org/abs/1906.03950) as SpCL has it: source images first, then as many target images. Weights
    of a plain batch norm load into both.

    Args:
        norm (_BatchNorm): Becomes the source's; the target's is a copy.
    """

    def __init__(self, norm: _BatchNorm) -> None:
        super().__init__()
        self.source, self.target = norm, copy.deepcopy(norm)

    def forward(self, images: Tensor) -> Tensor:
        """Normalise each half by itself in training, everything by the target's statistics in evaluation."""
        if not self.training:
            return self.target(images)
        given = f'A batch of {len(images)} images for batch norm of two domains'
        expect(
            len(images) % 2 == 0, given, 'as many of the source as of the target', 'Set an even batch_size'
        )
        source, target = images.chunk(2)
        return torch.cat([self.source(source), self.target(target)])

    def _load_from_state_dict(self, state_dict, prefix, *args) -> None:
        plain = [key for key in state_dict if key.startswith(prefix) and '.' not in key[len(prefix) :]]
        for key in plain:
            for domain in ('source', 'target'):
                state_dict[f'{prefix}{domain}.{key[len(prefix) :]}'] = state_dict[key]
            del state_dict[key]
        super()._load_from_state_dict(state_dict, prefix, *args)


def domain_batchnorm(module: nn.Module) -> nn.Module:
    """Put a :class:`DomainBatchNorm` in the place of every batch norm of a module, in place; returns it, or its replacement."""
    if isinstance(module, _BatchNorm):
        return DomainBatchNorm(module)
    for name, child in module.named_children():
        setattr(module, name, domain_batchnorm(child))
    return module
