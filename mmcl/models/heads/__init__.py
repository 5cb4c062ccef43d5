"""Heads: embeddings -> a loss with its statistics."""

from .align_uniform_head import AlignUniformHead
from .contrastive_head import ContrastiveHead
from .latent_head import LatentHead
from .prototype_head import PrototypeHead
from .vicreg_head import VICRegHead

__all__ = ['AlignUniformHead', 'ContrastiveHead', 'LatentHead', 'PrototypeHead', 'VICRegHead']
