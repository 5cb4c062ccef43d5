"""Compiled networks."""

from typing import Union

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
    for network in filter(None, networks):
        network.compile(**({} if settings is True else settings))
