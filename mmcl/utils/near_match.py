"""What somebody probably meant to type."""

from collections.abc import Iterable
from difflib import SequenceMatcher


def likeness(word: str, name: str) -> float:
    """How alike two names are, 0 to 1; case does not count."""
    return SequenceMatcher(None, word.lower(), name.lower()).ratio()


def near_matches(word: str, names: Iterable[str], num: int = 3, cutoff: float = 0.6) -> list[str]:
    """The names most like ``word``, the best first.

    Args:
        word (str): What was typed.
        names (Iterable[str]): What could have been meant.
        num (int): Most names to give, >= 1.
        cutoff (float): Least likeness, 0 to 1.
    """
    ranked = sorted((-likeness(word, name), name) for name in set(names))
    return [name for ratio, name in ranked if -ratio >= cutoff][:num]


def remedy(word: str, names: Iterable[str], otherwise: str) -> str:
    """A sentence that asks "did you mean", or ``otherwise`` where nothing is near.

    >>> remedy('batchsize', ['batch_size', 'sampler'], 'Remove it')
    "Did you mean 'batch_size'"
    """
    near = near_matches(word, names)
    return f'Did you mean {" or ".join(map(repr, near))}' if near else otherwise
