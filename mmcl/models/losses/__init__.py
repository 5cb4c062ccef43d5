"""Pure loss functions: tensors in, a scalar out, no state. The formulas of the papers."""

from .info_nce import info_nce
from .latent import cosine_distance
from .tiled import tiled_loss

__all__ = ['cosine_distance', 'info_nce', 'tiled_loss']
