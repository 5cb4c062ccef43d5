"""CLAE."""

from dataclasses import replace
from typing import Dict, List, Optional, Sequence, Tuple

import torch
from mmpretrain.structures import DataSample
from torch import Tensor

from mmcl.models.encoders import TwinPair
from mmcl.models.learners import ContrastiveLearner
from mmcl.models.learners.weighted import weighted
from mmcl.models.policies import Step
from mmcl.registry import MODELS
from mmcl.structures import Inputs
from mmcl.utils.errors import expect


@MODELS.register_module()
class CLAE(ContrastiveLearner):
    r"""Contrastive learning with adversarial examples (Ho and Vasconcelos 2020, https://arxiv.org/abs/2010.12050, algorithm 1).

    An augmentation does not know which views are hard. Here a view is also moved a little to where the contrastive loss itself is highest,
    for the whole batch at once, and its images must be found again. Moved images have batch norms of their own (AdvProp)::

        for x in loader:
            v, v' = t(x), t'(x)
            g = d/du L(f_adv(v), f_adv(u)) at u = v                 # NT-Xent of the batch; f_adv: f with its twin batch norms
            a = v + eps sign(g)                                     # no further than eps a value; without gradient from here on
            loss = L(f(v), f(v')) + alpha L(f(v), f_adv(a))
            Adam(f)

    Parts: SimCLR's, :class:`TwinPair`. The moved view is the one after those that ``pairs`` name; each pair with view 0 is repeated with
    the moved view in place of the other one. By config it is the authors' other two variants too: ``pairs=[(0, 1)]`` with
    ``BatchNegatives(views='key')``, one direction; and Invariant and Spreading, ``SpreadingHead`` with ``stop_gradient``.
    The authors' code runs ``f_adv(v)`` twice for the two sides of g, one time without gradient to the image; here it is one run for both.
    The attack is in full precision.

    Args:
        eps (float): How far a value may move, in units of normalised images, >= 0. Defaults to 0.03.
        alpha (float): Weight of the moved view's loss, >= 0. Defaults to 1.
        pairs (Sequence[(int, int)], optional): Clean pairs to compare, whose losses are averaged. Defaults to ((0, 1), (1, 0)).
        encoder (dict, optional): Defaults to TwinPair.
        **kwargs: See :class:`ContrastiveLearner`.

    Raises:
        InputError: A negative ``eps`` or ``alpha``, an encoder without twins for the moved view, ``pairs`` without view 0, or fewer views
            than they name.
    """

    sum_over_pairs = True

    def __init__(
        self,
        *args,
        eps: float = 0.03,
        alpha: float = 1.0,
        pairs: Optional[Sequence[Tuple[int, int]]] = None,
        encoder: Optional[dict] = None,
        **kwargs,
    ) -> None:
        for name, value in (('eps', eps), ('alpha', alpha)):
            expect(value >= 0, f'CLAE has {name}={value}', 'a number >= 0', f'Set model.{name}')
        clean = [tuple(pair) for pair in pairs or self.default_pairs]
        moved_view = 1 + max(view for pair in clean for view in pair)
        moved = [tuple(v if v == 0 else moved_view for v in pair) for pair in clean if 0 in pair]
        expect(moved, f'CLAE has pairs={clean}', 'a pair with view 0, which is moved', 'Set model.pairs')
        super().__init__(*args, pairs=[*clean, *moved], encoder=encoder or dict(type='TwinPair'), **kwargs)
        twins = isinstance(self.encoder, TwinPair) and moved_view in self.encoder.twinned
        remedy = f"Set model.encoder=dict(type='TwinPair', views=({moved_view},))"
        expect(
            twins,
            f'CLAE has the encoder {type(self.encoder).__name__}',
            'a TwinPair for the moved view',
            remedy,
        )
        self.eps, self.alpha, self.moved, self.num_clean = eps, alpha, moved_view, len(clean)

    def init_weights(self) -> None:
        """Initialise; twins start as the norms beside them."""
        super().init_weights()
        self.encoder.twins.start(self.backbone, self.neck)

    @property
    def num_needed(self) -> int:
        """How many views of an image must be given; the moved one is made."""
        return self.moved

    def prepare(self, inputs: Inputs, data_samples: List[DataSample]) -> List[Tensor]:
        """The views and the moved one."""
        views = super().prepare(inputs, data_samples)[: self.moved]
        return [*views, self.attack(views[0], data_samples)]

    @torch.enable_grad()
    def attack(self, images: Tensor, data_samples: List[DataSample]) -> Tensor:
        """Move images (N, 3, H, W) up the loss; leaves no gradient behind."""
        with torch.autocast(images.device.type, enabled=False):
            images = images.detach().requires_grad_()
            view = self.moved
            query, key = self.encoder(self, {view: images}, [(view, view)])
            query, key = ({0: z[view].detach(), view: z[view]} for z in (query, key))
            step = Step(query, key, data_samples, self.memory)
            loss = sum(self._term(replace(step, pair=pair))['loss'] for pair in self.pairs[self.num_clean :])
            (gradient,) = torch.autograd.grad(loss, images)  # of the images alone: parameters gather nothing
        return images.detach() + self.eps * gradient.sign()

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Score a pair among its two views, with its weight."""
        weight = (self.alpha if self.moved in step.pair else 1) / self.num_clean
        return weighted(self._term(step), weight)

    def _term(self, step: Step) -> Dict[str, Tensor]:
        return super().compare(step.among(step.pair))
