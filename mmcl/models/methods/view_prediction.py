"""Prediction of one view from another."""

import copy
from typing import Dict, Sequence

from torch import Tensor, nn

from mmcl.models.learners import ViewGraph
from mmcl.models.necks import pool
from mmcl.models.parts import build_part
from mmcl.models.policies import Step
from mmcl.registry import MODELS
from mmcl.utils.errors import expect


@MODELS.register_module()
class ViewPrediction(ViewGraph):
    """One sense of a scene is predicted from another, pixel by pixel: what CMC is compared with (https://arxiv.org/abs/1906.05849).

    A prediction must get every pixel right, those too that say nothing of the scene; a contrast must only tell scenes apart::

        for x in loader:
            for (a, b) in pairs:                                # core: (1, b) and (b, 1); full graph: all a != b
                loss += | g_ab(f_a(view a of x)) - view b of x |
            SGD(f_1 .. f_V, all g)

    The second view is brought to the prediction's resolution, so a decoder need not reach the image's. Luminance that predicts colour is
    colourisation. Parts: :class:`ViewBackbones`, :class:`MapPair`, :class:`MapDecoder`, :class:`PixelHead`. The paper's own decoders were
    not published with its code.

    Args:
        decoders (list[dict]): Config of what makes each view of a map, in the order of the views; each pair has its own copy.
        **kwargs: See :class:`ViewGraph`; ``encoder`` is MapPair, and there is no neck.

    Raises:
        InputError: Not as many decoders as views.
    """

    def __init__(self, *args, decoders: Sequence[dict], **kwargs) -> None:
        super().__init__(*args, encoder=dict(type='MapPair'), **kwargs)
        given = f'ViewPrediction has {len(decoders)} decoders for {self.num_views} views'
        expect(len(decoders) == self.num_views, given, 'one a view', 'Set model.decoders')
        built = [build_part(decoder, 'decoders') for decoder in decoders]
        self.decoders = nn.ModuleDict({f'{a}to{b}': copy.deepcopy(built[b]) for a, b in self.pairs})

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Predict the second view of a pair from the first one's map."""
        a, b = step.pair
        return self.head(self.decoders[f'{a}to{b}'](step.query[a]), step.key[b])

    def watched(self, query: Dict[int, Tensor], key: Dict[int, Tensor]) -> Tensor:
        """The first view's features; keys are images here."""
        return pool(query[0])
