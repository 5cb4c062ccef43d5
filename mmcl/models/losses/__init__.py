"""Pure loss functions: tensors in, a scalar out, no state. The formulas of the papers."""

from .adversarial import discriminator_loss, gradient_penalty
from .align_uniform import alignment, log_potential, uniformity
from .distillation import distillation
from .gaussian_code import gaussian_kl, gaussian_log_density
from .hard_info_nce import hard_info_nce
from .info_nce import info_nce
from .latent import cosine_distance
from .mixture import expert_log_likelihoods, mixture_likelihood
from .multi_positive import multi_positive
from .mutual_info import (
    dv_bound,
    infonce_bound,
    interpolated_bound,
    jsd_bound,
    nwj_bound,
    smile_bound,
    tuba_bound,
)
from .nce import nce
from .norm_face import c_contrastive, c_triplet, scale_for, softmax_bound
from .own_view import own_view_bound
from .soft_cross_entropy import soft_cross_entropy
from .spreading import spreading
from .tiled import tiled_loss
from .triplet import triplet
from .vicreg import off_diagonal_covariance, variance_hinge
from .zero_masked import zero_masked_info_nce

__all__ = [
    'alignment',
    'c_contrastive',
    'c_triplet',
    'cosine_distance',
    'discriminator_loss',
    'distillation',
    'dv_bound',
    'expert_log_likelihoods',
    'gaussian_kl',
    'gaussian_log_density',
    'gradient_penalty',
    'hard_info_nce',
    'info_nce',
    'infonce_bound',
    'interpolated_bound',
    'jsd_bound',
    'log_potential',
    'mixture_likelihood',
    'multi_positive',
    'nce',
    'nwj_bound',
    'off_diagonal_covariance',
    'smile_bound',
    'scale_for',
    'own_view_bound',
    'soft_cross_entropy',
    'softmax_bound',
    'spreading',
    'tiled_loss',
    'triplet',
    'tuba_bound',
    'uniformity',
    'variance_hinge',
    'zero_masked_info_nce',
]
