"""Sentences for what other libraries raise about a user's input."""

import traceback
from types import FrameType

from mmengine.registry import build_from_cfg

from mmcl.utils.errors import InputError


def told(error: Exception) -> InputError | None:
    """Say a user's mistake that a library found in a sentence of ours; None for anything else.

    Two kinds are known: a class that refuses the value of an argument in its config (PyTorch's "Invalid learning rate"), and a
    file or folder that the operating system refuses.

    Args:
        error (Exception): What a tool ended with.
    """
    if isinstance(error, OSError) and error.filename is not None and error.strerror:
        return InputError(
            f'{error.filename}: {error.strerror}',
            'a file or folder that this user can read or write',
            'Check the path and its rights; --work-dir and --data-root choose others',
        )
    if isinstance(error, (ValueError, AssertionError)):
        frames = [frame for frame, _ in traceback.walk_tb(error.__traceback__)]
        built = [frame for frame in frames if frame.f_code is build_from_cfg.__code__ and 'obj_cls' in frame.f_locals]
        if built and _is_constructor(frames[-1]):
            name = built[-1].f_locals['obj_cls'].__name__
            given = {key: value for key, value in built[-1].f_locals['args'].items() if isinstance(value, (int, float, str))}
            shown = ', '.join(f'{key}={value!r}' for key, value in given.items())
            return InputError(f'{name}({shown}): {error}', f'arguments that {name} takes', f'Change those of type={name!r} in the config')
    return None


def _is_constructor(frame: FrameType) -> bool:
    """Whether an error was raised by an ``__init__`` itself, which is where arguments are checked."""
    return frame.f_code.co_name == '__init__'
