"""The template of methods that predict maps of one scale from vectors of another."""

from typing import Dict, Optional, Sequence, Tuple

from torch import Tensor, nn

from mmcl.models.encoders.scale_pair import Place
from mmcl.models.parts import build_part
from mmcl.models.policies import Step
from mmcl.registry import MODELS
from mmcl.utils.errors import expect

from .pair import PairLearner
from .weighted import weighted


@MODELS.register_module()
class MultiScaleLearner(PairLearner):
    """A vector of one map of a view must tell, among all images, the locations of another map of the same image.

    Args:
        maps (dict[str, dict]): By name, ``dict(level=..., neck=...)``: ``level`` is the number of one of the backbone's outputs, or
            ``'neck'`` for what the learner's own neck makes of them, as a map of one location; the optional ``neck`` is the config of what
            embeds the map, so that vectors of one can be multiplied with those of another. What no task names is for a method's own use.
        tasks (sequence of (str, str), optional): (name of the map that predicts, name of the map that is predicted); None takes the
            method's own.
        weights (sequence of float, optional): What each task's loss is multiplied with. Defaults to 1 for each.
        view_pairs (sequence of (int, int), optional): (view that predicts, view that is predicted), the same one for methods with one
            view; None takes the method's own.
        encoder (dict, optional): Defaults to ``ScalePair``.
        **kwargs: See :class:`PairLearner`; ``pairs`` follow from tasks and view pairs, and the loss is the sum over them.

    Raises:
        InputError: A task names a map that there is not, a map has no level or one of a neck that there is not, or there are not as many
            weights as tasks.
    """

    default_tasks: Sequence[Tuple[str, str]] = ()
    default_view_pairs: Sequence[Tuple[int, int]] = ((0, 1), (1, 0))
    sum_over_pairs = True

    def __init__(
        self,
        *args,
        maps: Dict[str, dict],
        tasks: Optional[Sequence[Tuple[str, str]]] = None,
        weights: Optional[Sequence[float]] = None,
        view_pairs: Optional[Sequence[Tuple[int, int]]] = None,
        encoder: Optional[dict] = None,
        **kwargs,
    ) -> None:
        name, tasks = type(self).__name__, [tuple(task) for task in tasks or self.default_tasks]
        for task in tasks:
            given = f'{name} has the task {task}'
            expect(set(task) <= set(maps), given, f'two of the maps {", ".join(maps)}', 'Set model.tasks')
        weights = list(weights or [1.0] * len(tasks))
        given = f'{name} has {len(weights)} weights for {len(tasks)} tasks'
        expect(len(weights) == len(tasks), given, 'one a task', 'Set model.weights')
        views = view_pairs or self.default_view_pairs
        pairs = [(Place(i, s), Place(j, t)) for s, t in tasks for i, j in views]
        super().__init__(*args, pairs=pairs, encoder=encoder or dict(type='ScalePair'), **kwargs)
        for title, made in maps.items():
            given, remedy = f'{name} has the map {title}={dict(made)}', f'Set model.maps.{title}.level'
            levels = "the number of one of the backbone's outputs" + (
                '' if self.neck is None else ", or 'neck'"
            )
            good = isinstance(made.get('level'), int) or (
                made.get('level') == 'neck' and self.neck is not None
            )
            expect(good, given, f'a level: {levels}', remedy)
        self.weights = dict(zip(tasks, weights))
        self.levels = {name: made['level'] for name, made in maps.items()}
        necks = {name: build_part(made.get('neck'), 'neck') for name, made in maps.items()}
        self.map_necks = nn.ModuleDict({name: neck for name, neck in necks.items() if neck is not None})

    @property
    def num_needed(self) -> int:
        """How many views of an image the pairs name."""
        return 1 + max(place.view for pair in self.pairs for place in pair)

    def maps(self, images: Tensor) -> Dict[str, Tensor]:
        """Images (N, 3, H, W) -> each map (N, D, h, w) by its name, and ``'summary'`` (N, D) where there is a neck."""
        outputs = self.backbone(images)
        found = {} if self.neck is None else dict(summary=self.neck(outputs))
        for name, level in self.levels.items():
            made = found['summary'][..., None, None] if level == 'neck' else outputs[level]
            found[name] = self.map_necks[name](made) if name in self.map_necks else made
        return found

    def compare(self, step: Step) -> Dict[str, Tensor]:
        """Score one task for one pair of views, weighted."""
        source, target = step.pair
        terms = self.head(step.query[source], step.gathered_key(target))
        return weighted(terms, self.weights[source.map, target.map])
