"""What a contrastive loss compares."""

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
        own (Tensor, optional): (N, P, D), unit length.
        shared (Tensor, optional): (M, D), unit length.
        target (Tensor, optional): Column of each anchor's positive, int64 (N,). Defaults to column 0.
        hidden (Tensor, optional): Columns of ``shared`` that an anchor never sees, int64 (N, H); -1 hides nothing.
        temperature (Tensor, optional): Temperature of each column, (P + M,); where absent, the head's.
    """

    anchors: Tensor
    own: Optional[Tensor] = None
    shared: Optional[Tensor] = None
    target: Optional[Tensor] = None
    hidden: Optional[Tensor] = None
    temperature: Optional[Tensor] = None

    def __post_init__(self) -> None:
        if self.target is None:
            self.target = torch.zeros(len(self.anchors), dtype=torch.int64, device=self.anchors.device)

    def similarities(self) -> Tensor:
        """Cosine of every anchor with every candidate, (N, P + M); -inf where hidden, so that no softmax ever counts it."""
        columns = []
        if self.own is not None:
            columns.append(torch.einsum('nd,npd->np', self.anchors, self.own))
        if self.shared is not None:
            shared = self.anchors @ self.shared.T
            if self.hidden is not None:
                shared = shared.masked_fill(self._hidden_mask(shared), float('-inf'))
            columns.append(shared)
        return torch.cat(columns, dim=1) if len(columns) > 1 else columns[0]

    def _hidden_mask(self, shared: Tensor) -> Tensor:
        num = shared.shape[1]
        mask = torch.zeros(len(shared), num + 1, dtype=torch.bool, device=shared.device)
        # -1 goes to a column beyond the last one, which is cut off again
        mask.scatter_(1, torch.where(self.hidden < 0, num, self.hidden), True)
        return mask[:, :num]
