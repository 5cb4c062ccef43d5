"""Datasets, their transforms and their samplers."""

import contextlib

with contextlib.redirect_stdout(None):  # it prints a line about a service that is not installed
    import mmpretrain.datasets  # noqa: F401

from . import transforms
from .aligned_folders import AlignedFolders
from .array_dataset import ArrayDataset
from .base import IndexedDataset
from .cifar import CIFAR10, CIFAR100
from .digits import Digits
from .fashion_mnist import FashionMNIST
from .identity_sampler import IdentitySampler
from .image_folder import ImageFolder
from .imagenet import ImageNet
from .packed_images import PackedImages
from .reid_folder import ReIDFolder
from .samplers import ClassBalancedSampler, EpochIndex, ResumableSampler
from .stl10 import STL10
