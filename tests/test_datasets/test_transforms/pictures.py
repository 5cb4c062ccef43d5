"""A test picture, torchvision's way of making the same views, and the recipes of the base configs."""

from pathlib import Path

import cv2
import numpy as np
import torchvision.transforms as T
from mmengine.config import Config
from PIL import ImageFilter

VIEWS = Path(__file__).resolve().parents[3] / 'configs/_base_/views'
RECIPES = ('instdisc', 'mocov2', 'simclr', 'byol', 'cifar', 'cifar_byol', 'fashion_mnist')


def picture(height: int = 96, width: int = 128, channels: int = 3) -> np.ndarray:
    """Saturated colours, smooth areas, edges and fine noise; uint8 HxWxC."""
    rng = np.random.default_rng(0)
    image = cv2.resize(rng.uniform(0, 255, (6, 8, 3)), (width, height), interpolation=cv2.INTER_CUBIC)
    image[height // 4 : height // 2, width // 3 : width // 2] = (230, 40, 60)
    image += rng.normal(0, 6, image.shape)
    image = image.round().clip(0, 255).astype(np.uint8)
    return image if channels == 3 else image[..., :1].copy()


def recipe(name: str, number: int = 0) -> dict:
    """The config of a view of one of the base configs."""
    return dict(Config.fromfile(VIEWS / f'{name}.py').views[number])


def torchvision_pipeline(view) -> T.Compose:
    """What a RandomView does, written with torchvision's random transforms on PIL images."""
    grey = [T.RandomGrayscale(view.grey_prob)]
    jitter = [T.RandomApply([T.ColorJitter(*view.jitter)], view.jitter_prob)] if view.jitter else []
    rng = np.random.default_rng(0)
    blur = T.Lambda(lambda image: image.filter(ImageFilter.GaussianBlur(rng.uniform(*view.blur_sigma))))
    mode = dict(bilinear=T.InterpolationMode.BILINEAR, bicubic=T.InterpolationMode.BICUBIC)[
        view.interpolation
    ]
    return T.Compose(
        [
            T.RandomResizedCrop(view.size, view.crop_scale, view.crop_ratio, interpolation=mode),
            *(grey + jitter if view.grey_first else jitter + grey),
            T.RandomApply([blur], view.blur_prob),
            T.RandomSolarize(view.solarize_threshold, view.solarize_prob),
            T.RandomHorizontalFlip(view.flip_prob),
        ]
    )
