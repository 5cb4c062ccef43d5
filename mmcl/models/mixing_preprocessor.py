"""A data preprocessor that mixes images."""

from typing import List, Union

from mmcl.models.parts import build_part
from mmcl.models.preprocessor import ViewPreprocessor
from mmcl.registry import MODELS, TASK_UTILS


@MODELS.register_module()
class MixingPreprocessor(ViewPreprocessor):
    """Mixes normalised views with those of other images of the batch, in training (i-Mix, https://arxiv.org/abs/2010.08887).

    Mixed views are further views: with two given, the mixed first one is view 2, and ``pairs=[(2, 1)]`` makes it the query and the clean
    second one the key, in any method of pairs.

    Args:
        mixing (dict | list[dict]): Config of how to mix: MixupViews, CutMixViews, InputMix; several run in order.
        **kwargs: See :class:`ViewPreprocessor`.
    """

    def __init__(self, mixing: Union[dict, List[dict]], **kwargs) -> None:
        super().__init__(**kwargs)
        mixing = mixing if isinstance(mixing, (list, tuple)) else [mixing]
        self.mixing = [build_part(cfg, 'mixing', TASK_UTILS) for cfg in mixing]

    def forward(self, data: dict, training: bool = False) -> dict:
        """Preprocess a collated batch; in training, mix it as well."""
        data = super().forward(data, training)
        if training:
            for mix in self.mixing:
                data['inputs'] = mix(data['inputs'], data['data_samples'])
        return data
