"""What a weight does to the terms of a head."""

from typing import Dict

from torch import Tensor


def weighted(terms: Dict[str, Tensor], weight: float) -> Dict[str, Tensor]:
    """A head's terms with ``loss`` and, where it tells one, ``chance`` multiplied; statistics stay as they are."""
    return {name: term * weight if name in ('loss', 'chance') else term for name, term in terms.items()}
