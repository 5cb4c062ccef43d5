"""The template of every method that compares pairs of views."""

from dataclasses import replace
from typing import Dict, List, Optional, Sequence, Tuple

import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.parts import build_part
from mmcl.models.policies import Step
from mmcl.structures import Inputs
from mmcl.utils.errors import expect

from .embedder import Embedder


class PairLearner(Embedder):
    """prepare -> encode -> compare each pair of views -> extra losses -> remember.

    Args:
        backbone (dict): Config of the backbone; its checkpoint keys are ``backbone.*``.
        head (dict): Config of the head that scores a pair.
        neck (dict, optional): Config of the projector.
        predictor (dict, optional): Config of the predictor, on queries only.
        encoder (dict): Config of the encoder pair. Defaults to SharedPair.
        memory (dict, optional): Config of what is remembered between steps.
        regulariser (dict, optional): Config of a term of what the backbone made of the views (:class:`ReconstructionHead`,
            :class:`InformationHead`), beside the method's loss; the encoder is then a :class:`TappedPair` or a :class:`TappedEMAPair`.
        pairs (sequence of (int, int), optional): (query view, key view) to compare; None takes the method's own.
        data_preprocessor (dict, optional): Defaults to ViewPreprocessor.

    Raises:
        InputError: A part of the wrong kind in a slot, or fewer views than ``pairs`` name.
    """

    default_pairs: Sequence[Tuple[int, int]] = ((0, 1), (1, 0))
    sum_over_pairs = False  # the loss is the mean over pairs, or their sum where the paper says so

    def __init__(
        self,
        backbone: dict,
        head: dict,
        neck: Optional[dict] = None,
        predictor: Optional[dict] = None,
        encoder: Optional[dict] = None,
        memory: Optional[dict] = None,
        regulariser: Optional[dict] = None,
        pairs: Optional[Sequence[Tuple[int, int]]] = None,
        data_preprocessor: Optional[dict] = None,
        init_cfg: Optional[dict] = None,
    ) -> None:
        super().__init__(backbone, head, neck, data_preprocessor, init_cfg)
        self.predictor, self.memory = build_part(predictor, 'predictor'), build_part(memory, 'memory')
        self.regulariser = build_part(regulariser, 'regulariser')
        self.pairs = [tuple(pair) for pair in pairs or self.default_pairs]
        self.encoder = build_part(encoder or dict(type='SharedPair'), 'encoder')
        self.encoder.attach(self)

    def forward(self, inputs, data_samples: Optional[List[DataSample]] = None, mode: str = 'tensor'):
        """Run in ``mode`` 'loss' (a dict of losses), 'predict' (samples with ``feature``) or 'tensor' (the backbone's output)."""
        predicts = mode == 'predict'
        return self.predict(inputs, data_samples) if predicts else super().forward(inputs, data_samples, mode)

    def loss(self, inputs: Inputs, data_samples: List[DataSample]) -> Dict[str, Tensor]:
        """One training step.

        Args:
            inputs (list[Tensor] | Tensor): V views, each (N, 3, H, W); or the only one.
            data_samples (list[DataSample]): N samples.

        Returns:
            dict[str, Tensor]: ``loss_*`` terms, already weighted, and statistics: ``vs_chance`` (pair loss / the loss of a network that
            knows nothing, where the head tells it), ``pos_sim``, ``neg_sim`` (mean cosines), ``spread`` (0 collapsed, 1 uniform on the
            sphere), and what else the head tells.
        """
        views = self.prepare(inputs, data_samples)
        query, key = self.encoder(self, views, self.pairs)
        scale = 1 if self.sum_over_pairs else 1 / len(self.pairs)
        with torch.autocast(views[0].device.type, enabled=False):  # losses and memories in full precision
            step = Step(query, key, data_samples, self.memory)
            terms = {pair: self.compare(replace(step, pair=pair)) for pair in self.pairs}
            losses = {f'loss_{i}to{j}': term['loss'] * scale for (i, j), term in terms.items()}
            losses |= self.extra_losses(query, key, data_samples)
            if self.regulariser is not None:
                losses |= self.regulariser(query.get('features'))
            losses |= self._statistics(list(terms.values()), self.watched(query, key))
            self.remember(key, data_samples)
        return losses

    @property
    def num_needed(self) -> int:
        """How many views of an image the pairs name."""
        return 1 + max(view for pair in self.pairs for view in pair)

    def prepare(self, inputs: Inputs, data_samples: List[DataSample]) -> List[Tensor]:
        """The views that are encoded, in a list; a batch that came as one tensor is one view."""
        views = list(inputs) if isinstance(inputs, (list, tuple)) else [inputs]
        given = f'{type(self).__name__} was given {len(views)} view(s) an image'
        remedy = "List that many in the pipeline's MultiView.views, or in model.data_preprocessor.views"
        needed = f'{self.num_needed} views, for pairs={self.pairs}'
        expect(len(views) >= self.num_needed, given, needed, remedy)
        return views

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Score the pair ``step.pair``: a dict with scalars ``loss``, maybe ``chance``, ``pos_sim``, ``neg_sim`` and others."""
        raise TypeError(f'{type(self).__name__} compares nothing')

    def extra_losses(self, query: dict, key: dict, data_samples: List[DataSample]) -> Dict[str, Tensor]:
        """Further terms, each under its own ``loss_*`` key."""
        return {}

    def remember(self, key: Dict[int, Tensor], data_samples: List[DataSample]) -> None:
        """Write to the memory, after all losses."""

    def watched(self, query: dict, key: dict) -> Tensor:
        """What the log tells the spread of, (N, D)."""
        return next(iter(key.values()))

    @torch.no_grad()
    def _statistics(self, terms: List[Dict[str, Tensor]], watched: Tensor) -> Dict[str, Tensor]:
        mean = {name: torch.stack([term[name] for term in terms]).mean() for name in terms[0]}
        watched = F.normalize(watched, dim=1)
        spread = watched.std(dim=0, unbiased=False).mean() * watched.shape[1] ** 0.5
        loss, chance = mean.pop('loss'), mean.pop('chance', None)
        compared = {} if chance is None else dict(vs_chance=loss / chance)
        return dict(**compared, spread=spread, **mean)
