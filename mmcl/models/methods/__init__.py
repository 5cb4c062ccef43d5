"""One file a method; its docstring tells the paper's idea."""

from .align_uniform import AlignUniform
from .byol import BYOL
from .moco import MoCo
from .mocov3 import MoCoV3
from .npid import NPID
from .pcl import PCL
from .simclr import SimCLR
from .simsiam import SimSiam
from .swav import SwAV
from .vicreg import VICReg

__all__ = [
    'AlignUniform',
    'BYOL',
    'MoCo',
    'MoCoV3',
    'NPID',
    'PCL',
    'SimCLR',
    'SimSiam',
    'SwAV',
    'VICReg',
]
