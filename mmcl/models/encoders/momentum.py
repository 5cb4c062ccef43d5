"""The momentum of a target: which values make sense, and how it changes."""

import math
from typing import Optional

from mmcl.utils.errors import InputError


class Momentum:
    """Fraction of the target that is kept, at any time of a run.

    Args:
        base (float): 0, or in [0.5, 1].
        end (float, optional): Value at the last step, reached along a cosine; None keeps ``base``.

    Raises:
        InputError: Another value; one below 0.5 is most likely in MMEngine's convention, which is 1 minus the papers'.
    """

    def __init__(self, base: float, end: Optional[float] = None) -> None:
        _check('momentum', base)
        _check('end_momentum', end)
        self.base, self.end = base, end

    def at(self, progress: float) -> float:
        """BYOL's schedule: ``end - (end - base) (cos(pi k / K) + 1) / 2`` at ``progress`` = k / K (section 3.2)."""
        if self.end is None:
            return self.base
        return self.end - (self.end - self.base) * (math.cos(math.pi * progress) + 1) / 2


def _check(name: str, value: Optional[float]) -> None:
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
