"""A second set of batch norms for a network."""

import contextlib
import copy
from collections.abc import Iterator
from typing import List, Optional, Tuple

from torch import nn
from torch.nn.modules.batchnorm import _BatchNorm

from mmcl.utils.errors import expect


class TwinNorms(nn.ModuleList):
    """One more batch norm for each of some modules, with scale, shift and statistics of its own (AdvProp, https://arxiv.org/abs/1911.09665).

    Twins are kept beside the network, not in it: its names and its checkpoint stay those of the plain network.

    Args:
        *parts (nn.Module): Networks to be twinned; None is passed over.
        momentum (float): Weight of a batch in the twins' running statistics, in (0, 1]; torch's convention, not an EMA's.

    Raises:
        InputError: ``momentum`` outside its range.
    """

    def __init__(self, *parts: Optional[nn.Module], momentum: float) -> None:
        given = f'Twin batch norms have momentum={momentum}'
        expect(0 < momentum <= 1, given, 'a number above 0 and at most 1', 'Set model.encoder.bn_momentum')
        super().__init__(copy.deepcopy(parent._modules[name]) for parent, name in _places(parts))
        for twin in self:
            twin.momentum = momentum

    def start(self, *parts: Optional[nn.Module]) -> None:
        """Take over the values that the networks' own norms have."""
        for twin, (parent, name) in zip(self, _places(parts)):
            twin.load_state_dict(parent._modules[name].state_dict())

    @contextlib.contextmanager
    def used_in(self, *parts: Optional[nn.Module]) -> Iterator[None]:
        """Put the twins in the networks' own norms' places, for forward passes.

        Raises:
            InputError: Activations are to be computed again in backward, when the twins are gone.
        """
        again = [
            each for part in parts if part is not None for each in part.modules() if 'forward' in vars(each)
        ]
        remedy = "Remove activation_checkpointing, or take encoder=dict(type='SharedPair')"
        expect(not again, 'Twin batch norms and activation_checkpointing', 'one of the two', remedy)
        places = _places(parts)
        own = [parent._modules[name] for parent, name in places]
        try:
            for (parent, name), twin in zip(places, self):
                parent._modules[name] = twin
            yield
        finally:
            for (parent, name), norm in zip(places, own):
                parent._modules[name] = norm


def _places(parts: Tuple[Optional[nn.Module], ...]) -> List[Tuple[nn.Module, str]]:
    """Where batch norms are: the module that has one, and its name there."""
    return [
        (parent, name)
        for part in parts
        if part is not None
        for parent in part.modules()
        for name, child in parent.named_children()
        if isinstance(child, _BatchNorm)
    ]
