"""Backbones that MMPretrain lacks, or has in a form that does not fit."""

from .mocov3_vit import MoCoV3ViT

__all__ = ['MoCoV3ViT']
