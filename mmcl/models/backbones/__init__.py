"""Backbones that MMPretrain lacks, or has in a form that does not fit."""

from .mocov3_vit import MoCoV3ViT
from .sk_resnet import SKResNet
from .small_alexnet import SmallAlexNet

__all__ = ['MoCoV3ViT', 'SKResNet', 'SmallAlexNet']
