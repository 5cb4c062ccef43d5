"""mmcl: contrastive and self-supervised representation learning on MMEngine."""

from .engine.checkpoint import install_safe_loader
from .version import __version__

install_safe_loader()

__all__ = ['FeatureExtractor', '__version__', 'get_model', 'list_models']


def __getattr__(name):
    """Import the Python interface when it is first used: it takes MMPretrain with it."""
    if name in __all__:
        from . import apis

        return getattr(apis, name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
