"""Heads: embeddings -> a loss with its statistics."""

from .contrastive_head import ContrastiveHead
from .latent_head import LatentHead

__all__ = ['ContrastiveHead', 'LatentHead']
