"""What a contrastive loss compares."""

import dataclasses
from dataclasses import dataclass
from typing import Optional

import torch
from torch import Tensor


@dataclass
class ContrastSet:
    """N anchors against the candidates that they may be confused with.

    Candidates come in two kinds: ``own`` ones, which only their anchor sees (its key, synthetic negatives), and ``shared`` ones, which
    all anchors see (the queue, the batch, prototypes). Columns of the similarity matrix are the own ones, then the shared ones.

    Args:
        anchors (Tensor): (N, D), unit length.
        own (Tensor, optional): (N, P, D), unit length; None is P = 0.
        shared (Tensor, optional): (M, D), unit length; None is M = 0.
        target (Tensor, optional): Column of each anchor's positive, int64 (N,). Defaults to column 0.
        hidden (Tensor, optional): Columns of ``shared`` that an anchor never sees, int64 (N, H), each at most once a row; -1 hides
            nothing. None is H = 0.
        temperature (Tensor, optional): Temperature of each column, (P + M,); where absent, the head's.
        offset (Tensor, optional): Where the target is a weighted mean of candidates instead of one (i-Mix), the positive minus that mean,
            (N, D); the mean's logit then takes the positive's place in the numerator.
    """

    anchors: Tensor
    own: Optional[Tensor] = None
    shared: Optional[Tensor] = None
    target: Optional[Tensor] = None
    hidden: Optional[Tensor] = None
    temperature: Optional[Tensor] = None
    offset: Optional[Tensor] = None

    def __post_init__(self) -> None:
        num, dim = self.anchors.shape
        empty = self.anchors.new_empty
        self.own = empty(num, 0, dim) if self.own is None else self.own
        self.shared = empty(0, dim) if self.shared is None else self.shared
        self.target = empty(num).zero_().long() if self.target is None else self.target
        self.hidden = self.target.new_empty(num, 0) if self.hidden is None else self.hidden

    def rows(self, part: slice) -> 'ContrastSet':
        """The set of some of the anchors, against all shared candidates."""
        rows = {name: getattr(self, name)[part] for name in ('anchors', 'own', 'target', 'hidden')}
        return dataclasses.replace(self, **rows)

    def extended(self, shared: Tensor, hidden: Optional[Tensor] = None) -> 'ContrastSet':
        """The set with further shared candidates (M', D), of which an anchor never sees ``hidden``, columns of theirs (N, H) or -1."""
        start, shown = len(self.shared), self.hidden
        if hidden is not None:
            shown = torch.cat([shown, torch.where(hidden < 0, -1, hidden + start)], dim=1)
        shared = torch.cat([self.shared, shared]) if start else shared
        return dataclasses.replace(self, shared=shared, hidden=shown)

    @torch.no_grad()
    def cosines(self) -> Tensor:
        """Of every anchor with every candidate, hidden ones too, (N, P + M), without gradient."""
        num, num_own, _ = self.own.shape
        cosines = self.anchors.new_empty(num, num_own + len(self.shared))
        cosines[:, :num_own] = torch.einsum('nd,npd->np', self.anchors, self.own)
        torch.mm(self.anchors, self.shared.T, out=cosines[:, num_own:])
        return cosines

    def hide(self, cosines: Tensor) -> Tensor:
        """Set what an anchor does not see to -inf, so that no softmax ever counts it.

        Args:
            cosines (Tensor): (N, P + M), changed in place.

        Returns:
            Tensor: Scalar, the sum of what was hidden.
        """
        hides, columns = self.hidden >= 0, self.hidden.clamp(min=0) + self.own.shape[1]
        hidden_sum = (cosines.gather(1, columns) * hides).sum()
        # adding, since -1 must leave a column as it is even where another entry hides it
        cosines.scatter_add_(1, columns, torch.where(hides, -torch.inf, 0.0).to(cosines.dtype))
        return hidden_sum
