"""The one exception for a user's mistake."""

from typing import Any, Tuple


class InputError(ValueError):
    """Something the user gave cannot work; tools print it as one sentence and exit with code 2.

    Args:
        given (str): What was given, with the offending value.
        expected (str): What would have been right.
        remedy (str): What to type or change.
    """

    def __init__(self, given: str, expected: str = '', remedy: str = '') -> None:
        super().__init__(given, expected, remedy)

    def __str__(self) -> str:
        if not self.args[1]:
            # PyTorch's loader raises a worker's exception again from one string: the worker's traceback.
            return self.args[0].rstrip().splitlines()[-1].split(f'{type(self).__name__}: ')[-1]
        given, expected, remedy = (part.rstrip('.') for part in self.args)
        return f'{given}. Expected {expected}. {remedy}.'


def expect(good: bool, given: str, expected: str, remedy: str) -> None:
    """Raise :class:`InputError` unless ``good``."""
    if not good:
        raise InputError(given, expected, remedy)


def expect_each(given: str, remedy: str, *checks: Tuple[str, Any, bool, str]) -> None:
    """Check several settings of one part.

    Args:
        given (str): Whose they are, with a verb: 'MLP has'.
        remedy (str): What to change, with ``{name}`` in the place of the setting's name.
        *checks (tuple): Name, value, whether it is good, and what would be.

    Raises:
        InputError: For the first that is not good.
    """
    for name, value, good, expected in checks:
        expect(good, f'{given} {name}={value!r}', expected, remedy.format(name=name))
