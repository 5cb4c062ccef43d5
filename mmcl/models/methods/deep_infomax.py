"""Deep InfoMax."""

from typing import Dict, List, Optional

from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.encoders.scale_pair import Place
from mmcl.models.learners import MultiScaleLearner
from mmcl.models.parts import build_part
from mmcl.registry import MODELS
from mmcl.utils.errors import expect


@MODELS.register_module()
class DeepInfoMax(MultiScaleLearner):
    """Deep InfoMax (Hjelm et al. 2018, https://arxiv.org/abs/1808.06670, algorithm of figures 1 to 3).

    The vector of an image must share information with every location of the image's own map, and not with those of other images; no views
    are needed::

        for x in loader:
            m = C(x)                                        # local map, e.g. 128 x 8 x 8
            y = f(m)                                        # summary of the whole image, e.g. 64
            u[n, m, p] = g(y_n) . l(m_m)[p]                 # scores; g and l are 1x1 networks, LocalNeck
            loss = -(alpha I(y; whole map) + beta I(y; locations))  # JSD, InfoNCE or DV bound on u
            loss += gamma * (sigmoid(y) is uniform)         # a discriminator's judgement

    Parts: :class:`ScalePair`, :class:`MutualInfoHead`, ``neck`` makes y, ``maps`` has its embeddings (``level='neck'``) and those of the
    local map; DIM(L) is ``tasks=[('vector', 'local')]``, DIM(G) predicts a :class:`MapSummary`. The authors train the discriminator with an
    optimizer of its own with the same settings, which for Adam is the same as one for all; they do so in the same step, but one after
    the other, here both see the weights from before it.

    Args:
        prior (dict, optional): Config of the :class:`PriorHead`; None for no prior.
        coordinates (dict, optional): Config of a :class:`CoordinateHead`, which must tell from y and a location of the first of the
            backbone's maps where that is (the paper's coordinate task); ``maps`` then has ``places=dict(level=0)``. Defaults to None.
        **kwargs: See :class:`MultiScaleLearner`.

    Raises:
        InputError: A prior without a neck, whose summary it is of.
    """

    default_tasks = (('vector', 'local'),)
    default_view_pairs = ((0, 0),)

    def __init__(
        self, *args, prior: Optional[dict] = None, coordinates: Optional[dict] = None, **kwargs
    ) -> None:
        super().__init__(*args, **kwargs)
        self.prior = build_part(prior, 'prior')
        self.coordinates = build_part(coordinates, 'coordinates')
        good = coordinates is None or 'places' in self.levels
        given = f'model.coordinates is set and model.maps has {", ".join(self.levels)}'
        expect(good, given, "a map 'places'", 'Add places=dict(level=0) to model.maps')
        given = 'DeepInfoMax has a prior and no neck'
        expect(prior is None or self.neck is not None, given, 'a neck', 'Set model.neck, or prior=None')

    def extra_losses(
        self, query: Dict[Place, Tensor], key: Dict[Place, Tensor], data_samples: List[DataSample]
    ) -> Dict[str, Tensor]:
        """How far the summaries are from the prior, and how well places are told."""
        losses, summary = {}, query.get(Place(0, 'summary'))
        if self.prior is not None:
            losses.update(self.prior(summary))
        if self.coordinates is not None:
            losses.update(self.coordinates(key[Place(0, 'places')], summary))
        return losses
