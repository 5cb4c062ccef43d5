"""The one exception for a user's mistake."""


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
