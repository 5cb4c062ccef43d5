"""Sentences for what other libraries raise about a user's input."""

import traceback
from collections.abc import Sequence
from types import FrameType

from mmengine.registry import build_from_cfg
from torch import nn

from mmcl.utils.errors import InputError


def told(error: Exception) -> InputError | None:
    """Say a user's mistake that a library found in a sentence of ours; None for anything else.

    Three kinds are known: a class that refuses the value of an argument in its config (PyTorch's "Invalid learning rate"), a
    linear layer that is given vectors of another width, and a file or folder that the operating system refuses.

    Args:
        error (Exception): What a tool ended with.
    """
    frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return InputError(
            f'{error.filename}: {error.strerror}',
            'a file or folder that this user can read or write',
            'Check the path and its rights; --work-dir and --data-root choose others',
        )
    if isinstance(error, (ValueError, AssertionError)) and frames[-1].f_code.co_name == '__init__':
        return _refused_argument(error, frames)
    if isinstance(error, RuntimeError) and frames[-1].f_code is nn.Linear.forward.__code__:
        return _wrong_width(frames)
    return None


def _refused_argument(error: Exception, frames: Sequence[FrameType]) -> InputError | None:
    """What a constructor raised while a part of the config was built."""
    built = [frame.f_locals for frame in frames if frame.f_code is build_from_cfg.__code__]
    if not built or 'obj_cls' not in built[-1]:
        return None
    name, given = built[-1]['obj_cls'].__name__, built[-1]['args']
    shown = ', '.join(
        f'{key}={value!r}' for key, value in given.items() if isinstance(value, (int, float, str))
    )
    return InputError(
        f'{name}({shown}): {error}',
        f'arguments that {name} takes',
        f'Change those of type={name!r} in the config',
    )


def _wrong_width(frames: Sequence[FrameType]) -> InputError:
    """What a linear layer raised at its first use."""
    layer, width = frames[-1].f_locals['self'], frames[-1].f_locals['input'].shape[-1]
    modules = [
        frame.f_locals['self'] for frame in frames if isinstance(frame.f_locals.get('self'), nn.Module)
    ]
    owner = next(
        type(module).__name__
        for module in reversed(modules)
        if not type(module).__module__.startswith('torch.')
    )
    return InputError(
        f'{owner} has in_channels={layer.in_features}, but is given vectors of width {width}',
        'parts whose widths fit together',
        f'Set in_channels={width} where the config says type={owner!r}',
    )
