"""mmcl: contrastive and self-supervised representation learning on MMEngine."""

import warnings

# MMCV says so at import where it was built without compiled operators; nothing in mmcl's training uses one
warnings.filterwarnings('ignore', message='Fail to import ``MultiScaleDeformableAttention``')
# MMEngine's DDP wrapper passes torch an argument by its older name
warnings.filterwarnings('ignore', message='`broadcast_buffers` is deprecated')

from .engine.checkpoint import install_safe_loader  # noqa: E402
from .version import __version__  # noqa: E402

install_safe_loader()

__all__ = ['FeatureExtractor', '__version__', 'get_model', 'list_models']


def __getattr__(name):
    """Import the Python interface when it is first used: it takes MMPretrain with it."""
    if name in __all__:
        from . import apis

        return getattr(apis, name)
    raise AttributeError(f'module {__name__!r} has no attribute {name!r}')
