"""The template of methods that contrast in several embedding spaces at once."""

from dataclasses import replace
from typing import Dict, List

from torch import Tensor

from mmcl.models.encoders.base import unit
from mmcl.models.policies import Step
from mmcl.registry import MODELS

from .contrastive import ContrastiveLearner
from .weighted import joined


@MODELS.register_module()
class SpacesLearner(ContrastiveLearner):
    """A pair of views is contrasted in each of S spaces by itself, and the losses are added.

    Embeddings are (N, D, S), of unit length in each space: ``neck`` is a :class:`SpaceNecks`. A memory, where there is one, has a part
    for each space (:class:`SpaceQueues`). With one space it is :class:`ContrastiveLearner`.

    Args:
        **kwargs: See :class:`ContrastiveLearner`.
    """

    def in_space(self, step: Step, space: int) -> Step:
        """The step as one space sees it; the same object's parts for all pairs, so that keys are gathered once."""

        def seen() -> Step:
            query, key = ({v: z[..., space] for v, z in made.items()} for made in (step.query, step.key))
            memory = None if self.memory is None else self.memory[space]
            return Step(query, key, step.data_samples, memory)

        return replace(step.once(('space', space), seen), pair=step.pair)

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Score a pair in all spaces."""
        spaces = range(next(iter(step.key.values())).shape[2])
        return added([self.head(self.contrast(self.in_space(step, space))) for space in spaces])

    def merge(self, embedding: Tensor) -> Tensor:
        """What stands for the spaces of an image, (N, D, S), where one vector is asked for: all side by side, (N, D * S)."""
        return embedding.flatten(1)

    def project(self, images: Tensor) -> Tensor:
        """Images (N, 3, H, W) -> the online projections, merged, before normalisation."""
        return self.merge(super().project(images))

    def embed(self, images: Tensor) -> Tensor:
        """The embeddings, merged, of unit length; what clustering uses."""
        return unit(self.merge(super().embed(images)))


def added(terms: List[Dict[str, Tensor]]) -> Dict[str, Tensor]:
    """One pair's terms of several spaces: losses are added, cosines averaged, and each space's share is told as ``space0`` ..."""
    shares = {f'space{space}': term['loss'].detach() for space, term in enumerate(terms)}
    return {**joined(terms, add=True), **shares}
