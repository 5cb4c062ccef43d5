"""Embeddings of several training views of each image of a set."""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader

from mmcl.utils.errors import expect

from .extract import extract

LAYERS = dict(projection='project', backbone='features')  # name -> method of the learner


def layer_of(learner: nn.Module, layer: str) -> Callable[[Tensor], Tensor]:
    """What embeds images by a key of ``LAYERS``.

    Raises:
        InputError: The learner has no such layer.
    """
    expect(
        hasattr(learner, LAYERS[layer]),
        f"layer='{layer}' of a {type(learner).__name__}",
        f'a learner with {LAYERS[layer]}()',
        'Choose the other layer, or another config',
    )
    return getattr(learner, LAYERS[layer])


def embed_views(
    learner: nn.Module, loader: DataLoader, embed: Callable[[Tensor], Tensor], views: Sequence[int] = (0, 1)
) -> list[Tensor]:
    """Embed views of every readable image of a loader.

    Args:
        learner (nn.Module): In any mode; it is put into evaluation mode for a while.
        loader (DataLoader): From :func:`~mmcl.engine.extract.extraction_loader`, with the training pipeline.
        embed (callable): Images (n, 3, H, W) -> (n, D), e.g. ``learner.project``.
        views (Sequence[int]): Views of the training recipe.

    Returns:
        list[Tensor]: Of each view float32 (N, D).

    Raises:
        InputError: The recipe has fewer views.
    """

    def of(made: Sequence[Tensor]) -> Tensor:
        expect(
            len(made) > max(views),
            f'The training recipe makes {len(made)} view(s) of an image',
            f'more than {max(views)}, since views {tuple(views)} are measured',
            "List them in the pipeline's MultiView.views, or in model.data_preprocessor.views",
        )
        return torch.cat([embed(made[view]) for view in views], dim=1)

    features, _, seen = extract(learner, loader, of, views=True)
    return list(features[seen].chunk(len(views), dim=1))
