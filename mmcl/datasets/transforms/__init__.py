"""What happens to one image between the disk and the batch, and the batched views (``batch_view``)."""

from .aligned_views import AlignedViews
from .infomin_augment import InfoMinAugment
from .loading import LoadImage
from .multi_view import MultiView
from .packing import PackViews
from .random_view import RandomView
from .related_view import RelatedView
from .resize_random_crop import ResizeRandomCrop
from .test_view import ResizeCenterCrop

__all__ = [
    'AlignedViews',
    'InfoMinAugment',
    'LoadImage',
    'MultiView',
    'PackViews',
    'RandomView',
    'RelatedView',
    'ResizeCenterCrop',
    'ResizeRandomCrop',
]
