"""Heads: embeddings -> a loss with its statistics."""

from .align_uniform_head import AlignUniformHead
from .bottleneck_head import CEBHead, VIBHead
from .classifier_head import ClassifierHead, DistillHead
from .compressive_head import CompressiveLatentHead, ContrastiveCEBHead
from .contrastive_head import ContrastiveHead
from .coordinate_head import CoordinateHead
from .hard_negative_head import HardNegativeHead
from .latent_head import LatentHead
from .mixture_head import MixtureHead
from .mutual_info_head import MutualInfoHead
from .nce_head import NCEHead
from .norm_face_head import NormFaceHead
from .own_view_heads import AgreementHead, InformationHead, ReconstructionHead
from .pixel_head import PixelHead
from .prior_head import PriorHead
from .prototype_head import PrototypeHead
from .queue_align_uniform_head import QueueAlignUniformHead
from .spreading_head import SpreadingHead
from .sup_con_head import SupConHead
from .triplet_head import TripletHead
from .vicreg_head import VICRegHead
from .zero_mask_head import ZeroMaskHead

__all__ = [
    'AgreementHead',
    'AlignUniformHead',
    'CEBHead',
    'ClassifierHead',
    'CompressiveLatentHead',
    'ContrastiveCEBHead',
    'ContrastiveHead',
    'CoordinateHead',
    'DistillHead',
    'HardNegativeHead',
    'InformationHead',
    'LatentHead',
    'MixtureHead',
    'MutualInfoHead',
    'PixelHead',
    'NCEHead',
    'NormFaceHead',
    'PriorHead',
    'PrototypeHead',
    'QueueAlignUniformHead',
    'ReconstructionHead',
    'SpreadingHead',
    'SupConHead',
    'VIBHead',
    'TripletHead',
    'VICRegHead',
    'ZeroMaskHead',
]
