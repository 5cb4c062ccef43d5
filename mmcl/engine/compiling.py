"""Compiled networks."""

from typing import Iterable, Iterator, Optional, Union

from torch import nn


def compile_networks(learner: nn.Module, settings: Union[bool, dict]) -> None:
    """Compile the networks of a learner in place, so that no name changes.

    The steps around them draw numbers, talk to other processes and write memories, which no compiler takes.

    Args:
        learner (nn.Module): Its backbone, necks, predictor and target are compiled, as far as there are such.
        settings (bool | dict): True, or arguments of ``torch.compile``.
    """
    parts = ('backbone', 'neck', 'predictor', 'pretext_neck')
    networks = [getattr(learner, part, None) for part in parts]
    networks += getattr(getattr(learner, 'encoder', None), 'target', nn.ModuleDict()).values()
    for network in _each(networks):
        network.compile(**({} if settings is True else settings))


def _each(networks: Iterable[Optional[nn.Module]]) -> Iterator[nn.Module]:
    """Those that there are, and of a dict of networks, which has no forward pass itself, each."""
    for network in filter(None, networks):
        yield from network.values() if isinstance(network, nn.ModuleDict) else [network]
