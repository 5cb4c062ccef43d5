"""One file a method; its docstring tells the paper's idea."""

from .align_uniform import AlignUniform
from .amdim import AMDIM
from .bottleneck import Bottleneck
from .byol import BYOL
from .cbyol import CBYOL
from .clae import CLAE
from .cmc import CMC
from .cpc import CPC
from .csimclr import CSimCLR
from .deep_infomax import DeepInfoMax
from .deepcluster_v2 import DeepClusterV2
from .hcsc import HCSC
from .infomin import InfoMin
from .jigsaw import Jigsaw
from .loco import LoCo
from .looc import LooC
from .mice import MiCE
from .moco import MoCo
from .mocov3 import MoCoV3
from .npid import NPID
from .pcl import PCL
from .pirl import PIRL
from .rotnet import RotNet
from .simclr import SimCLR
from .simsiam import SimSiam
from .spcl import SpCL
from .swav import SwAV
from .time_contrast import TimeContrast
from .tsc import TSC
from .vicreg import VICReg
from .view_prediction import ViewPrediction

__all__ = [
    'AMDIM',
    'AlignUniform',
    'BYOL',
    'Bottleneck',
    'CBYOL',
    'CLAE',
    'CMC',
    'CPC',
    'CSimCLR',
    'DeepClusterV2',
    'DeepInfoMax',
    'HCSC',
    'InfoMin',
    'Jigsaw',
    'LoCo',
    'LooC',
    'MiCE',
    'MoCo',
    'MoCoV3',
    'NPID',
    'PCL',
    'PIRL',
    'RotNet',
    'SimCLR',
    'SimSiam',
    'SpCL',
    'SwAV',
    'TSC',
    'TimeContrast',
    'VICReg',
    'ViewPrediction',
]
