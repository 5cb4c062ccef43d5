"""What every encoder pair offers."""

from typing import Dict, List, Optional, Tuple, Union

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from torch import Tensor, nn

from mmcl.models.necks import pool

from .chunked import in_chunks

Views = List[Tensor]  # each (N, 3, H, W)
Pairs = List[Tuple[int, int]]  # (query view, key view)
Embeddings = Dict[int, Tensor]  # {view: (N, D)}


class EncoderPair(BaseModule):
    """Turns views into queries and keys. The online modules belong to the learner and are handed over at every call.

    Args:
        normalize (bool): Scale queries and keys to unit length; False for losses that need their scale (VICReg). Defaults to True.
        chunk_size (int, optional): Images that go through backbone and neck at once, >= 1; the memory for activations is then that of so
            many images, at the price of a second forward pass, while the loss still sees the whole batch (GradCache, see
            :func:`~mmcl.models.encoders.chunked.in_chunks`). Defaults to None: all at once.
    """

    def __init__(self, normalize: bool = True, chunk_size: Optional[int] = None) -> None:
        super().__init__()
        self.normalize = normalize
        self.chunk_size = chunk_size

    def attach(self, learner: nn.Module) -> None:
        """Called once, when the learner is built: the place to copy its modules."""

    def forward(self, learner: nn.Module, views: Views, pairs: Pairs) -> Tuple[Embeddings, Embeddings]:
        """Encode the views that ``pairs`` of (query view, key view) need.

        Args:
            learner (nn.Module): Has ``backbone``, ``neck``, ``predictor``.
            views (list[Tensor]): Each (N, 3, H, W).
            pairs (list[tuple[int, int]]): (query view, key view).

        Returns:
            tuple: Queries and keys by view, each (N, D), of unit length unless ``normalize`` is False.
        """
        raise TypeError(f'{type(self).__name__} does not encode')

    def query(self, learner: nn.Module, projection: Tensor) -> Tensor:
        """A projection, through the predictor where there is one."""
        return self.scaled(projection if learner.predictor is None else learner.predictor(projection))

    def scaled(self, embedding: Tensor) -> Tensor:
        """Rows of unit length, or as they are (``normalize=False``); at least in fp32."""
        return unit(embedding) if self.normalize else full_precision(embedding)

    def embed(self, learner: nn.Module, images: Tensor) -> Tensor:
        """The embedding that clustering uses, (N, D) of unit length."""
        return unit(self.project(learner, images))

    def project(self, network: nn.Module, images: Union[Tensor, List[Tensor]]) -> Tensor:
        """Images -> their projection by a network with ``backbone`` and ``neck``, before normalisation.

        Args:
            network (nn.Module): Has ``backbone`` and ``neck``.
            images (Tensor | list[Tensor]): (N, 3, H, W), or several such batches of different size, whose images pass the neck together.

        Returns:
            Tensor: (N, D), N over all batches.
        """
        batches = images if isinstance(images, list) else [images]
        if self.chunk_size is not None and max(map(len, batches)) > self.chunk_size:
            return torch.cat([in_chunks(self.project, network, batch, self.chunk_size) for batch in batches])
        features = [network.backbone(batch) for batch in batches]
        features = features[0] if len(features) == 1 else torch.cat([pool(f) for f in features])
        return pool(features) if network.neck is None else network.neck(features)


def full_precision(embedding: Tensor) -> Tensor:
    """In fp32, or in fp64 where it is that."""
    return embedding.to(torch.promote_types(embedding.dtype, torch.float32))


def unit(embedding: Tensor) -> Tensor:
    """Scale rows to length 1, at least in fp32."""
    return F.normalize(full_precision(embedding), dim=1)
