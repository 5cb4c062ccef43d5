"""The head of methods that contrast vectors with maps."""

from functools import partial
from typing import Dict, Optional

import torch
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.models.losses import dv_bound, infonce_bound, jsd_bound, nwj_bound
from mmcl.registry import MODELS
from mmcl.utils.dist import rank
from mmcl.utils.dist_grad import gather_with_grad
from mmcl.utils.errors import expect_each

_BOUNDS = dict(
    infonce=infonce_bound, dv=partial(dv_bound, gather=gather_with_grad), nwj=nwj_bound, jsd=jsd_bound
)


@MODELS.register_module()
class MutualInfoHead(BaseModule):
    """Raises a bound on the information that a vector has about the locations of a map (see :mod:`mmcl.models.losses.mutual_info`).

    A score is the dot product of the vector with a location's vector, neither scaled to unit length. Memory grows with vectors x locations.

    Args:
        estimator (str): 'jsd', 'infonce', 'dv' or 'nwj'. Defaults to 'jsd', Deep InfoMax's own choice.
        scaled (bool): Divide scores by the root of their width (AMDIM). Defaults to False.
        clip (float, optional): Keep scores softly within +-c, ``c tanh(u / c)``, > 0 (AMDIM: 20). Defaults to None: as they are.
        penalty (float): Adds so much of the mean squared score before the clip, >= 0 (AMDIM: 0.04). Defaults to 0.
        loss_weight (float): Multiplies everything. Defaults to 1.

    Raises:
        InputError: Another ``estimator``, or a number outside its range.
    """

    def __init__(
        self,
        estimator: str = 'jsd',
        scaled: bool = False,
        clip: Optional[float] = None,
        penalty: float = 0.0,
        loss_weight: float = 1.0,
    ) -> None:
        super().__init__()
        expect_each(
            'MutualInfoHead has',
            'Set model.head.{name}',
            ('estimator', estimator, estimator in _BOUNDS, f'one of {", ".join(_BOUNDS)}'),
            ('clip', clip, clip is None or clip > 0, 'a number above 0, or None'),
            ('penalty', penalty, penalty >= 0, 'a number >= 0'),
        )
        self.estimator, self.scaled, self.clip = estimator, scaled, clip
        self.penalty, self.loss_weight = penalty, loss_weight

    def forward(self, source: Tensor, target: Tensor) -> Dict[str, Tensor]:
        """Compare.

        Args:
            source (Tensor): This process's vectors, (N, D).
            target (Tensor): The maps of all processes, (W * N, D, h, w).

        Returns:
            dict: Scalars ``loss``; ``chance``, that of equal scores, for InfoNCE; ``bound``, the bound itself; ``pos_score`` and
            ``neg_score``, the mean scores with the own map and with those of other images, before the clip.
        """
        scores = torch.einsum('nd,mdp->nmp', source, target.flatten(2))
        if self.scaled:
            scores = scores / source.shape[1] ** 0.5
        clipped = scores if self.clip is None else self.clip * torch.tanh(scores / self.clip)
        num, first = len(source), rank() * len(source)
        bound = _BOUNDS[self.estimator](clipped, first)
        num_seen = 1 + (len(target) - 1) * scores.shape[2]
        highest = (
            bound.new_tensor(float(num_seen)).log() if self.estimator == 'infonce' else bound.new_zeros(())
        )
        loss = highest - bound + (self.penalty * scores.square().mean() if self.penalty else 0)
        told = {} if self.estimator != 'infonce' else dict(chance=highest * self.loss_weight)
        with torch.no_grad():
            rows = torch.arange(num, device=scores.device)
            own = scores[rows, rows + first].mean()
            others = (scores.mean() * len(target) - own) / (len(target) - 1)
        return dict(
            loss=loss * self.loss_weight, **told, bound=bound.detach(), pos_score=own, neg_score=others
        )
