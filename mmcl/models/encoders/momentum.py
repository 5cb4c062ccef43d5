"""The momentum of a target: which values make sense, and how it changes."""

import math
from typing import Optional

from mmcl.utils.errors import InputError


def check_momentum(name: str, value: Optional[float]) -> None:
    """Refuse a momentum that is not the fraction kept.

    Args:
        name (str): Argument's name, for the message.
        value (float, optional): 0, or in [0.5, 1]; None is fine.

    Raises:
        InputError: Another value; one below 0.5 is most likely in MMEngine's convention, which is 1 minus the papers'.
    """
    if value is None or value == 0 or 0.5 <= value <= 1:
        return
    remedy = f'Set model.encoder.{name}, e.g. 0.999'
    if 0 < value < 0.5:
        remedy = f"If it was meant in MMEngine's convention, set model.encoder.{name}={1 - value:g}"
    raise InputError(
        f'EMAPair has {name}={value}',
        'the fraction of the target that is kept, from 0.5 to 1 (or 0 for no target of its own), as in the papers',
        remedy,
    )


def cosine_momentum(base: float, end: float, progress: float) -> float:
    """BYOL's schedule: ``end - (end - base) (cos(pi k / K) + 1) / 2`` at ``progress`` = k / K (section 3.2)."""
    return end - (end - base) * (math.cos(math.pi * progress) + 1) / 2
