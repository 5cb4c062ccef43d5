"""A labelled set of small images in memory and a learner whose features are easy to know."""

import numpy as np
import torch
import torch.nn.functional as F
from mmengine.model import BaseModel
from torch import nn

from mmcl.datasets.array_dataset import ArrayDataset
from mmcl.models.memories import ClusterMemory
from mmcl.registry import DATASETS, MODELS

NUM_CLASSES = 6


@DATASETS.register_module()
class BlobImages(ArrayDataset):
    """Grey 4 x 4 images: a pattern for each of 6 classes, plus noise; ``known=False`` hides the classes."""

    METAINFO = dict(classes=tuple('abcdef'))

    def __init__(self, num: int = 60, known: bool = True, seed: int = 0, noise: int = 40, **kwargs) -> None:
        self.num, self.known, self.seed, self.noise = num, known, seed, noise
        super().__init__(**{'pipeline': [dict(type='PackViews')], **kwargs})

    def load_arrays(self):
        patterns = np.random.default_rng(0).integers(60, 190, (NUM_CLASSES, 4, 4, 1))
        rng = np.random.default_rng(self.seed + 1)
        labels = rng.integers(NUM_CLASSES, size=self.num)
        noise = rng.integers(-self.noise, self.noise + 1, (self.num, 4, 4, 1))
        images = (patterns[labels] + noise).clip(0, 255).astype(np.uint8)
        return images, labels if self.known else np.full(self.num, -1)


@MODELS.register_module()
class PixelLearner(BaseModel):
    """Features are the normalised pixels of the first channel; one weight, so that it can be trained."""

    def __init__(self, num_clusters=None, data_preprocessor=None) -> None:
        super().__init__(data_preprocessor or dict(type='ViewPreprocessor', mean=[127.5], std=[64.0]))
        self.weight = nn.Parameter(torch.ones(()))
        self.frozen = nn.BatchNorm1d(4).eval()
        self.drop = nn.Dropout(0.5)
        if num_clusters is not None:
            self.clusters = ClusterMemory(num_clusters)

    def features(self, images):
        return F.normalize(self.drop(images[:, 0].flatten(1)), dim=1)

    def embed(self, images):
        return self.features(images)

    def forward(self, inputs, data_samples=None, mode='tensor'):
        if mode == 'loss':
            return dict(loss=self.weight * inputs.mean())
        for sample, feature in zip(data_samples, self.features(inputs)):
            sample.set_field(feature, 'feature')
        return data_samples
