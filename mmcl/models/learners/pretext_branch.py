"""A second branch for contrastive methods: the image after a pretext transform."""

from typing import Dict, List

from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.encoders.pieces import TakesPieces
from mmcl.models.parts import build_part
from mmcl.models.policies import Step
from mmcl.registry import TASK_UTILS
from mmcl.structures import Inputs
from mmcl.utils.errors import expect

from .contrastive import ContrastiveLearner
from .weighted import weighted


class PretextBranch(ContrastiveLearner):
    """Queries come from images, and from images that are turned or cut up; both must find the same keys (PIRL, InfoMin).

    The last view goes through ``pretext``; its pieces pass the backbone one by one and ``pretext_neck`` together. It stands before the
    method that it extends: ``class PIRL(PretextBranch, NPID)``. The encoder is a :class:`PiecesPair` or a :class:`PiecesEMAPair`.

    Args:
        pretext (dict): Config of the transform: :class:`ShuffledTiles`, :class:`RandomRotation`, or :class:`TurnedTiles`, which does both.
        pretext_neck (dict): Config of the neck for pieces, a :class:`TileNeck`.
        branch_weight (float): Weight of the pieces' loss, lambda, in [0, 1]; the images' has 1 - lambda. Defaults to 0.5.
        **kwargs: See :class:`ContrastiveLearner`; ``pairs`` have the pieces as their last view, on the query side.

    Raises:
        InputError: ``branch_weight`` outside [0, 1], or an encoder that does not take pieces.
    """

    sum_over_pairs = True

    def __init__(
        self, *args, pretext: dict, pretext_neck: dict, branch_weight: float = 0.5, **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        given = f'model.encoder is a {type(self.encoder).__name__}'
        remedy = "Set model.encoder=dict(type='PiecesPair'), or type='PiecesEMAPair' where there is a target"
        expect(isinstance(self.encoder, TakesPieces), given, 'one that takes images in pieces', remedy)
        given = f'{type(self).__name__} has branch_weight={branch_weight}'
        expect(0 <= branch_weight <= 1, given, 'a number in [0, 1]', 'Set model.branch_weight, e.g. 0.5')
        self.pretext = build_part(pretext, 'pretext', TASK_UTILS)
        self.pretext_neck = build_part(pretext_neck, 'pretext_neck')
        self.branch_weight = branch_weight
        self.branch = self.num_needed - 1

    def prepare(self, inputs: Inputs, data_samples: List[DataSample]) -> List[Tensor]:
        """The views, the last one in pieces (N, T, 3, h, w)."""
        views = super().prepare(inputs, data_samples)
        views[self.branch] = self.pretext(views[self.branch], data_samples, self.data_preprocessor)
        return views

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Score a pair, with its branch's weight."""
        weight = self.branch_weight if step.pair[0] == self.branch else 1 - self.branch_weight
        return weighted(super().compare(step), weight)
