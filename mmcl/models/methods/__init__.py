"""One file a method; its docstring tells the paper's idea."""

from .byol import BYOL
from .moco import MoCo
from .pcl import PCL
from .simclr import SimCLR

__all__ = ['BYOL', 'MoCo', 'PCL', 'SimCLR']
