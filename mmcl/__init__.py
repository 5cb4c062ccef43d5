"""mmcl: contrastive and self-supervised representation learning on MMEngine."""

from .engine.checkpoint import install_safe_loader
from .version import __version__

install_safe_loader()

__all__ = ['__version__']
