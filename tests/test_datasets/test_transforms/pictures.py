"""A test picture, torchvision's way of making the same views, and the recipes of the base configs."""

from pathlib import Path

import cv2
import numpy as np
import torch
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


def difference(ours: np.ndarray, theirs) -> np.ndarray:
    """How many grey levels apart, pixel by pixel."""
    assert ours.dtype == np.uint8 and ours.shape == np.asarray(theirs).shape
    return np.abs(ours.astype(float) - np.asarray(theirs).astype(float))


def statistics(views: torch.Tensor) -> torch.Tensor:
    """Of each view (N, 3, H, W): mean and deviation of each channel, and the correlation of neighbours."""
    centred = views - views.mean((2, 3), keepdim=True)
    variance = centred.square().mean((2, 3))
    neighbours = (centred[..., 1:] * centred[..., :-1]).mean((2, 3)) / variance.clamp(min=1)
    return torch.cat([views.mean((2, 3)), variance.sqrt(), neighbours.mean(1, keepdim=True)], 1)


def assert_same_statistics(ours: torch.Tensor, theirs: torch.Tensor) -> None:
    """Two samples of views (N, statistics) come from one distribution, as far as their statistics can tell."""
    error = ((ours.var(0) + theirs.var(0)) / len(ours)).sqrt()
    # 4.5 standard errors; half a grey level and 0.01 of correlation are what rounding may add
    slack = torch.tensor([0.5] * 6 + [0.01])
    assert ((ours.mean(0) - theirs.mean(0)).abs() < 4.5 * error + slack).all()
    # the spread between views, too: within 25 %, four standard errors of a ratio of deviations
    assert ((ours.std(0) / theirs.std(0)).log().abs() < 0.25).all()
