"""NormFace's head: a classifier of directions."""

from typing import Dict, Optional

import torch
from torch import Tensor, nn

from mmcl.models.losses.norm_face import c_contrastive, c_triplet, scale_for
from mmcl.registry import MODELS
from mmcl.utils.errors import expect, expect_each

from .classifier_head import ClassifierHead

_PROXY = dict(contrastive=(c_contrastive, 1.0), triplet=(c_triplet, 0.8))  # and their margins
_EPSILON = 1e-8  # of squared norms, as the authors' layer


@MODELS.register_module()
class NormFaceHead(ClassifierHead):
    """Cosines of features and class weights, times a scale (NormFace, https://arxiv.org/abs/1704.06369): the normalised softmax.

    There is no bias. Decay would only change the effective learning rate of the weights, and drag a learned scale to 0:
    ``optim_wrapper.paramwise_cfg=dict(custom_keys={'head': dict(decay_mult=0)})``.

    Args:
        in_channels (int): Width of the features, >= 1.
        num_classes (int): C, >= 2.
        scale (float, optional): Multiplies the cosines, > 0. Defaults to None: the scale at which a mean posterior of 0.99 is possible, see
            :func:`~mmcl.models.losses.norm_face.scale_for`; at 1 the loss cannot fall.
        learn_scale (bool): Learn it, not below 0.01; the authors start from 10. Defaults to False.
        form (str): 'softmax'; or 'contrastive' or 'triplet', whose proxies the class weights are (section 3.4) and which do without a
            scale. Defaults to 'softmax'.
        margin (float, optional): Of these two, in squared distances, > 0. Defaults to None: 1 and 0.8.

    Raises:
        InputError: A value outside its range.
    """

    def __init__(
        self,
        in_channels: int,
        num_classes: int,
        scale: Optional[float] = None,
        learn_scale: bool = False,
        form: str = 'softmax',
        margin: Optional[float] = None,
        init_cfg: Optional[dict] = None,
    ) -> None:
        expect_each(
            'NormFaceHead has',
            'Set model.head.{name}',
            ('num_classes', num_classes, num_classes >= 2, 'at least 2'),
            ('scale', scale, scale is None or scale > 0, 'a number above 0, or None'),
            ('form', form, form in ('softmax', *_PROXY), "'softmax', 'contrastive' or 'triplet'"),
            ('margin', margin, margin is None or margin > 0, 'a number above 0, or None'),
        )
        super().__init__(in_channels, num_classes, init_std=1.0, init_cfg=init_cfg)
        self.fc = nn.Linear(in_channels, num_classes, bias=False)
        scale = torch.tensor(float(scale_for(0.99, num_classes) if scale is None else scale))
        if learn_scale:
            self.scale = nn.Parameter(scale)
        else:
            self.register_buffer('scale', scale)
        self.form, self.margin = form, margin

    def forward(self, features: Tensor) -> Tensor:
        """Features (N, D) -> logits (N, C), of which a positive factor of the features changes nothing."""
        return self.scale.clamp(min=0.01) * (_unit(features) @ _unit(self.fc.weight).T)

    def loss(self, logits: Tensor, labels: Tensor) -> Dict[str, Tensor]:
        """Cross entropy as :class:`ClassifierHead` has it, or a loss of proxies; with a learned scale, also ``scale``."""
        told = dict(scale=self.scale.detach()) if isinstance(self.scale, nn.Parameter) else {}
        if self.form == 'softmax':
            return dict(super().loss(logits, labels), **told)
        rule, margin = _PROXY[self.form]
        given = f"NormFaceHead has form='{self.form}' and images came with mixed labels"
        expect(not labels.is_floating_point(), given, 'one class an image', "Set model.head.form='softmax'")
        loss = rule(logits / self.scale.detach().clamp(min=0.01), labels, self.margin or margin)
        return dict(loss=loss, hits=(logits.argmax(dim=1) == labels).float().mean(), **told)


def _unit(rows: Tensor) -> Tensor:
    return rows * (rows.square().sum(dim=1, keepdim=True) + _EPSILON).rsqrt()
