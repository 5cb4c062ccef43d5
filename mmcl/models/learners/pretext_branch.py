"""More branches for contrastive methods: the image after pretext transforms."""

from typing import Dict, List, Optional, Sequence, Tuple, Union

from mmpretrain.structures import DataSample
from torch import Tensor, nn

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

    The last view goes through ``pretext``; its pieces pass the backbone one by one and ``pretext_neck`` together. Of several transforms,
    the first takes the first of the last views, and so on. It stands before the method that it extends: ``class PIRL(PretextBranch,
    NPID)``. The encoder is a :class:`PiecesPair` or a :class:`PiecesEMAPair`.

    Args:
        pretext (dict | list[dict]): Config of the transform, :class:`ShuffledTiles` or :class:`RandomRotation`; or of several.
        pretext_neck (dict | list[dict]): Config of the neck for pieces, a :class:`TileNeck`; of each, for other numbers of pieces.
        branch_weight (float): Weight of the pieces' loss, lambda, in [0, 1], shared equally by several branches; the images' has
            1 - lambda. Defaults to 0.5.
        pairs (sequence of (int, int), optional): Pieces are the last views, on the query side. Defaults to the method's own, with one more
            for each transform after the first.
        **kwargs: See :class:`ContrastiveLearner`.

    Raises:
        InputError: ``branch_weight`` outside [0, 1], an encoder that does not take pieces, not as many necks as transforms, or two necks
            for the same number of pieces.
    """

    sum_over_pairs = True

    def __init__(
        self,
        *args,
        pretext: Union[dict, List[dict]],
        pretext_neck: Union[dict, List[dict]],
        branch_weight: float = 0.5,
        pairs: Optional[Sequence[Tuple[int, int]]] = None,
        **kwargs,
    ) -> None:
        transforms, necks = (x if isinstance(x, (list, tuple)) else [x] for x in (pretext, pretext_neck))
        given = f'{type(self).__name__} has {len(transforms)} transforms and {len(necks)} necks for them'
        expect(
            len(transforms) == len(necks), given, 'one for each', 'Set model.pretext and model.pretext_neck'
        )
        if pairs is None:
            branch, key = max(self.default_pairs)  # its query is the last view
            pairs = [*self.default_pairs, *((branch + more, key) for more in range(1, len(transforms)))]
        super().__init__(*args, pairs=pairs, **kwargs)
        given = f'model.encoder is a {type(self.encoder).__name__}'
        remedy = "Set model.encoder=dict(type='PiecesPair'), or type='PiecesEMAPair' where there is a target"
        expect(isinstance(self.encoder, TakesPieces), given, 'one that takes images in pieces', remedy)
        given = f'{type(self).__name__} has branch_weight={branch_weight}'
        expect(0 <= branch_weight <= 1, given, 'a number in [0, 1]', 'Set model.branch_weight, e.g. 0.5')
        first = self.num_needed - len(transforms)
        self.branches = {
            first + i: build_part(cfg, 'pretext', TASK_UTILS) for i, cfg in enumerate(transforms)
        }
        built = [build_part(neck, 'pretext_neck') for neck in necks]
        self.pretext_neck = built[0] if len(built) == 1 else nn.ModuleDict(_by_pieces(built))
        self.branch_weight = branch_weight

    def prepare(self, inputs: Inputs, data_samples: List[DataSample]) -> List[Tensor]:
        """The views, the last ones in pieces (N, T, 3, h, w)."""
        views = super().prepare(inputs, data_samples)
        for view, transform in self.branches.items():
            views[view] = transform(views[view], data_samples, self.data_preprocessor)
        return views

    def neck_for(self, num_pieces: int) -> nn.Module:
        """The neck of images in so many pieces."""
        several = isinstance(self.pretext_neck, nn.ModuleDict)
        return self.pretext_neck[str(num_pieces)] if several else self.pretext_neck

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Score a pair, with its branch's weight."""
        share = self.branch_weight / len(self.branches)
        weight = share if step.pair[0] in self.branches else 1 - self.branch_weight
        return weighted(super().compare(step), weight)


def _by_pieces(necks: Sequence[nn.Module]) -> Dict[str, nn.Module]:
    """Necks by the number of pieces that each takes."""
    numbers = [neck.num_tiles for neck in necks]
    given = f'model.pretext_neck has necks for {numbers} pieces'
    expect(len(set(numbers)) == len(numbers), given, 'another number for each', 'Set num_tiles')
    return {str(number): neck for number, neck in zip(numbers, necks)}
