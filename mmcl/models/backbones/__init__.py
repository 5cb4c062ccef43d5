"""Backbones that MMPretrain lacks, or has in a form that does not fit."""

from .amdim_encoder import AMDIMEncoder
from .dim_conv_net import DIMConvNet
from .local_resnet import LocalResNet, LocalResNet_CIFAR
from .mocov3_vit import MoCoV3ViT
from .patch_resnet import PatchResNet
from .sk_resnet import SKResNet
from .small_alexnet import SmallAlexNet
from .thin_resnet import ThinResNet
from .vector_net import VectorNet
from .view_backbones import ViewBackbones

__all__ = [
    'AMDIMEncoder',
    'DIMConvNet',
    'LocalResNet',
    'LocalResNet_CIFAR',
    'MoCoV3ViT',
    'PatchResNet',
    'SKResNet',
    'SmallAlexNet',
    'VectorNet',
    'ThinResNet',
    'ViewBackbones',
]
