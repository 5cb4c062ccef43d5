"""How much two views, or a view and an embedding, tell of each other: estimates by a critic that is trained on frozen data.

All are in nats. InfoNCE and NWJ are lower bounds in expectation; a value of DV is an estimate that may exceed the truth. None is a
measurement: a small value may mean a weak critic.
"""

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from mmcl.engine.rng import preserved_rng
from mmcl.models.losses import (
    dv_bound,
    infonce_bound,
    interpolated_bound,
    jsd_bound,
    nwj_bound,
    smile_bound,
    tuba_bound,
)
from mmcl.models.losses.mutual_info import split_scores
from mmcl.registry import METRICS
from mmcl.utils.errors import expect

from .critics import CRITICS, BaselineCritic
from .view_pairs import ViewPairMetric

# objective -> how a critic that was trained by it is read
READ = dict(
    infonce=infonce_bound,
    dv=dv_bound,
    mine=dv_bound,
    nwj=nwj_bound,
    jsd=lambda scores: nwj_bound(
        scores + 1
    ),  # its best critic is the log ratio of densities; NWJ's is 1 more
    smile=smile_bound,
    tuba=tuba_bound,
    interpolated=interpolated_bound,
)
WITH_BASELINE = ('tuba', 'interpolated')  # one is learned, as a part of the critic
CONCLUSIVE = 0.9  # of ln K; an InfoNCE value above may be the ceiling


class MineObjective:
    """MINE's objective (https://arxiv.org/abs/1801.04062, section 3.2): Donsker and Varadhan's with a gradient that is less biased.

    The gradient of ln E[e^u] over a batch divides by that batch's mean of e^u; here it is divided by a moving average over batches.

    Args:
        decay (float): Kept fraction of the moving average, in [0, 1); 0 leaves the bound's own gradient. Defaults to 0.99.
    """

    def __init__(self, decay: float = 0.99) -> None:
        expect(0 <= decay < 1, f'MineObjective has decay={decay}', 'a number in [0, 1)', 'Try 0.99')
        self.decay = decay
        self.log_average = None

    def __call__(self, scores: Tensor) -> Tensor:
        """A number whose gradient by the scores (N, M) is to be followed; its value is no bound."""
        joint, marginal, num_others = split_scores(scores)
        log_mean = marginal.flatten().logsumexp(dim=0) - math.log(len(scores) * num_others)
        new = log_mean.detach()
        if self.log_average is None or self.decay == 0:
            self.log_average = new
        else:
            kept, added = self.log_average + math.log(self.decay), new + math.log1p(-self.decay)
            self.log_average = torch.logaddexp(kept, added)
        return joint.mean() - (log_mean - self.log_average).exp()


OBJECTIVES = dict({name: lambda bound=bound: bound for name, bound in READ.items()}, mine=MineObjective)
OBJECTIVES.update(jsd=lambda: jsd_bound, smile=lambda: jsd_bound)


class Pairs(NamedTuple):
    """Samples of two variables.

    Args:
        x (Tensor): (N, D_x), or (R, N, D_x) where R samples were drawn of each of N images.
        y (Tensor): (N, D_y) or (R, N, D_y), row by row the partners of ``x``.
    """

    x: Tensor
    y: Tensor

    def rows(self, part: slice | Tensor) -> 'Pairs':
        """The samples of some images."""
        return Pairs(self.x[..., part, :], self.y[..., part, :])

    def flat(self) -> 'Pairs':
        """The first sample of each image."""
        return self if self.x.dim() == 2 else Pairs(self.x[0], self.y[0])


class Settings(NamedTuple):
    """How an estimate is made.

    Args:
        objective (str): 'infonce', 'dv', 'mine', 'nwj', 'tuba' or 'interpolated' (both with a learned baseline), 'jsd' or 'smile' (trained
            by Deep InfoMax's bound, read by NWJ's or as SMILE).
        critic (str): 'separable', 'concat' or 'cosine'.
        steps (int): Optimizer steps, >= 1.
        batch_size (int): Pairs a step, >= 2.
        candidates (int): K, the partners among which the held-out one is sought, >= 2; InfoNCE is at most ln K.
        lr (float): Of Adam.
        weight_decay (float): Of AdamW.
        selected (float): Share of the training images that chooses the best of ten moments of the training; 0 takes the last.
        critic_args (Mapping): More arguments of the critic.
    """

    objective: str = 'infonce'
    critic: str = 'separable'
    steps: int = 1000
    batch_size: int = 256
    candidates: int = 512
    lr: float = 5e-4
    weight_decay: float = 1e-4
    selected: float = 0.1
    critic_args: Mapping[str, Any] = {}


DEFAULTS = Settings()


def estimate(train: Pairs, test: Pairs, settings: Settings = DEFAULTS, seed: int = 0) -> float:
    """Train a critic on some pairs and read what it says of others.

    Args:
        train (Pairs): Of the images that the critic is trained on.
        test (Pairs): Of other images; with several samples an image the first counts.
        settings (Settings): See there.
        seed (int): Of the critic's start and of the batches.

    Returns:
        float: Nats, the mean over blocks of K held-out pairs.

    Raises:
        InputError: An unknown objective or critic, or fewer images than a batch or a block needs.
    """
    for name, value, known in (('objective', settings.objective, READ), ('critic', settings.critic, CRITICS)):
        expect(value in known, f'{name}={value!r}', f'one of {", ".join(known)}', f'Choose another {name}')
    num = train.x.shape[-2]
    kept = num - round(num * settings.selected)
    for what, have, need in (
        ('images to train a critic on', kept, settings.batch_size),
        ('held-out images', test.x.shape[-2], settings.candidates),
    ):
        expect(
            have >= need >= 2, f'{have} {what}', f'at least {max(need, 2)}', 'Give more images, or lower batch_size and candidates'
        )  # fmt: skip
    train, test = _standardized(train, test)
    with preserved_rng():
        torch.manual_seed(seed)
        critic = _critic(settings, train)
        chosen = train.rows(slice(kept, None)).flat() if num - kept >= 2 else None
        _fit(critic, train.rows(slice(kept)), chosen, settings)
    return read(critic, test.flat(), settings.objective, settings.candidates)


def _critic(settings: Settings, pairs: Pairs) -> nn.Module:
    """A critic for these pairs, with what its objective needs."""
    critic = CRITICS[settings.critic]((pairs.x.shape[-1], pairs.y.shape[-1]), **settings.critic_args)
    if settings.objective in WITH_BASELINE:
        critic = BaselineCritic(critic, pairs.x.shape[-1])
    return critic.to(pairs.x.device)


def _standardized(train: Pairs, test: Pairs) -> tuple[Pairs, Pairs]:
    """Both, shifted and scaled so that the training part has mean 0 and deviation 1 in each dimension."""
    made = []
    for rows, others in zip(train, test):
        flat = rows.flatten(0, -2)
        mean, deviation = flat.mean(dim=0), flat.std(dim=0).clamp(min=1e-6)
        made.append([(part - mean) / deviation for part in (rows, others)])
    return tuple(Pairs(*sides) for sides in zip(*made))


def _fit(critic, pairs: Pairs, chosen: Pairs | None, settings: Settings) -> None:
    """Train; where there are pairs to choose by, end with the best of ten moments."""
    objective = OBJECTIVES[settings.objective]()
    optimizer = torch.optim.AdamW(critic.parameters(), lr=settings.lr, weight_decay=settings.weight_decay)
    num, device = pairs.x.shape[-2], pairs.x.device
    best, state = -math.inf, None
    for step in range(1, settings.steps + 1):
        images = torch.randperm(num, device=device)[: settings.batch_size]  # no image meets itself
        if pairs.x.dim() == 3:
            sample = torch.randint(len(pairs.x), images.shape, device=device)
            batch = Pairs(pairs.x[sample, images], pairs.y[sample, images])
        else:
            batch = pairs.rows(images)
        optimizer.zero_grad()
        (-objective(critic(*batch))).backward()
        torch.nn.utils.clip_grad_norm_(critic.parameters(), 1.0)
        optimizer.step()
        if chosen is not None and step % max(settings.steps // 10, 1) == 0:
            value = read(critic, chosen, settings.objective, min(len(chosen.x), settings.candidates))
            if value > best:
                best, state = value, copy.deepcopy(critic.state_dict())
    if state is not None:
        critic.load_state_dict(state)


@torch.no_grad()
def read(critic, pairs: Pairs, objective: str, candidates: int) -> float:
    """What a critic that was trained by ``objective`` says of pairs (N, D_x), (N, D_y): the mean over whole blocks of ``candidates``."""
    blocks = [
        pairs.rows(slice(i, i + candidates)) for i in range(0, len(pairs.x) - candidates + 1, candidates)
    ]
    return torch.stack([READ[objective](critic(*block)) for block in blocks]).mean().item()


def sufficiency(
    train: Sequence[Tensor],
    test: Sequence[Tensor],
    settings: Settings = DEFAULTS,
    seeds: Sequence[int] = range(5),
) -> dict[str, Any]:
    """Does an embedding keep what its view tells of the other view, I(v1; v2) = I(f(v1); v2)? (InfoMin, https://arxiv.org/abs/2005.10243).

    One critic is given v1 together with f(v1), which tells what v1 alone tells, and v2; another only f(v1) and v2. Both are of the same
    family and budget.

    Args:
        train (Sequence[Tensor]): v1, f(v1) and v2 of the critics' training images, each (N, D) or (R, N, D).
        test (Sequence[Tensor]): The same of other images.
        settings (Settings): See there.
        seeds (Sequence[int]): One estimate each.

    Returns:
        dict: ``view`` and ``code``, the estimates of I(v1; v2) and I(f(v1); v2) by seed; ``gap``, the means' difference, and ``spread``,
        its standard deviation over seeds; ``ceiling``, ln K; ``verdict``, in words.
    """
    found = {}
    for name, parts in (
        ('view', lambda data: torch.cat([data[0], data[1]], dim=-1)),
        ('code', lambda data: data[1]),
    ):
        pairs = [Pairs(parts(data), data[2]) for data in (train, test)]
        found[name] = [estimate(*pairs, settings, seed) for seed in seeds]
    gaps = torch.tensor([view - code for view, code in zip(found['view'], found['code'])])
    gap, spread = gaps.mean().item(), gaps.std().item() if len(gaps) > 1 else math.nan
    ceiling = math.log(settings.candidates)
    verdict = _verdict(gap, 0.0 if math.isnan(spread) else spread, max(found['view']) / ceiling)
    return dict(**found, gap=gap, spread=spread, ceiling=ceiling, verdict=verdict)


def _verdict(gap: float, spread: float, height: float) -> str:
    if height > CONCLUSIVE:
        return 'inconclusive: the estimate is near its ceiling ln K; raise candidates'
    noise = max(2 * spread, 0.02)
    if gap > noise:
        return 'not sufficient: the view tells more of the other view than its embedding does'
    if gap < -noise:
        return 'inconclusive: the critic of the view is trained too little'
    return 'no information found that the embedding has lost; evidence, not proof'


def gaussian_information(correlation: float, dim: int = 1) -> float:
    """The mutual information of two Gaussians whose ``dim`` coordinates correlate pair by pair: -(dim / 2) ln(1 - correlation^2), nats."""
    return -dim / 2 * math.log1p(-(correlation**2))


def linsker_infomax(weight: Tensor, covariance: Tensor, noise: float) -> Tensor:
    r"""Linsker's InfoMax (1988): what a noisy linear unit's output tells of its Gaussian input.

    With x ~ N(0, S) and y = W x + n, n ~ N(0, noise^2 I), :math:`I(x; y) = \frac12 \ln \det(I + W S W^T / noise^2)`. Of unit-length
    rows of W the best is the first principal component. It is the special case of all these estimates in which the truth is known and the
    best critic is quadratic: InfoNCE on (x, W x + n) estimates it, and gradient ascent on either trains W.

    Args:
        weight (Tensor): W, (K, D).
        covariance (Tensor): S, (D, D).
        noise (float): Standard deviation, > 0.

    Returns:
        Tensor: Scalar, nats, with gradient.

    Raises:
        InputError: ``noise`` <= 0, for which the information is infinite.
    """
    expect(noise > 0, f'noise={noise}', 'a number above 0', 'Give the standard deviation of the noise')
    gram = weight @ covariance @ weight.T / noise**2
    return torch.logdet(torch.eye(len(gram), dtype=gram.dtype, device=gram.device) + gram) / 2


@METRICS.register_module()
class MutualInfoMetric(ViewPairMetric):
    """Estimates of what the embeddings of two views tell of each other, in nats.

    The critic is the contrastive loss's own, a cosine, whose scale and shift are fitted for each bound on one half of the images and read
    on the other. ``infonce`` is at most ln K; in the log all three stand below ``views/``.

    Args:
        bounds (Sequence[str]): Objectives of :class:`Settings`. Defaults to ('infonce', 'dv', 'nwj').
        candidates (int): K, >= 2; lowered to half of the images where there are not that many. Defaults to 512.
        steps (int): Optimizer steps of the two numbers, >= 1. Defaults to 150.
        prefix (str, optional): Defaults to None: 'views'.

    Raises:
        InputError: An unknown bound.
    """

    def __init__(
        self,
        bounds: Sequence[str] = ('infonce', 'dv', 'nwj'),
        candidates: int = 512,
        steps: int = 150,
        prefix: str | None = None,
    ) -> None:
        super().__init__(prefix)
        unknown = sorted(set(bounds) - set(READ))
        expect(
            not unknown,
            f'MutualInfoMetric has bounds={list(bounds)}',
            f'some of {", ".join(READ)}',
            f'Remove {", ".join(unknown)}',
        )
        self.bounds = tuple(bounds)
        self.candidates = candidates
        self.steps = steps

    def settings(self) -> dict[str, Any]:
        """``candidates`` and the critic."""
        return dict(candidates=self.candidates, critic='cosine, scale and shift fitted on every second image')

    def compute(self, first: Tensor, second: Tensor) -> dict[str, float]:
        """The bounds, by name."""
        count = min(self.candidates, len(first) // 2)
        settings = Settings(
            critic='cosine', steps=self.steps, batch_size=count, candidates=count, lr=0.05, weight_decay=0, selected=0
        )  # fmt: skip
        # in random order, since images of one class may stand side by side
        order = torch.randperm(len(first), generator=torch.Generator().manual_seed(0)).to(first.device)
        halves = [Pairs(first[part], second[part]) for part in order.chunk(2)]
        return {name: self._bound(halves, settings._replace(objective=name)) for name in self.bounds}

    def _bound(self, halves: Sequence[Pairs], settings: Settings) -> float:
        with torch.enable_grad(), preserved_rng():
            torch.manual_seed(0)
            critic = _critic(settings, halves[0])
            _fit(critic, halves[0], None, settings)
        return read(critic, halves[1], settings.objective, settings.candidates)
