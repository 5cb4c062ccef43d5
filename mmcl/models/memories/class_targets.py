"""TSC's targets."""

import math

import torch
import torch.nn.functional as F
from mmengine.dist import broadcast
from mmengine.logging import MessageHub, print_log
from mmengine.model import BaseModule
from torch import Tensor

from mmcl.registry import MODELS
from mmcl.utils.dist import gather, rank
from mmcl.utils.errors import expect_each


@MODELS.register_module()
class ClassTargets(BaseModule):
    r"""Points spread over the sphere, one for each class, and which class has which (TSC, https://arxiv.org/abs/2111.13998, section 3.2).

    The points are made once, at the first step: for at most ``dim`` + 1 classes a regular simplex in closed form, else what Adam finds that
    makes :math:`\frac{1}{C} \sum_i \log \sum_j e^{t_i \cdot t_j / \tau}` small (eq. 4). At every step the classes' centroids move to
    the batch's mean queries, and the classes are matched to the points so that the sum of squared distances is smallest (eq. 5). All of
    it is in buffers, so a resumed run goes on.

    Args:
        num_classes (int): C, >= 2.
        dim (int): Width of an embedding, >= 2.
        start_epoch (int): First epoch, from 0, with targets. Defaults to 0.
        warm (bool): Move the centroids before ``start_epoch`` too, so that the first matching is no accident; the authors' code starts
            from random ones. Defaults to True.
        momentum (float): Share of the old centroid that is kept, in [0, 1). Defaults to 0.9.
        every (int): Iterations between matchings, >= 1; a matching takes some milliseconds for 1,000 classes and grows as :math:`C^3`.
            Defaults to 1.
        temperature (float): :math:`\tau` of the optimization, > 0. Defaults to 0.07.
        num_iters (int): Its steps, >= 1, which 1,000 classes take minutes for on a CPU. Defaults to 10000.
        seed (int): Of the points and of the first centroids. Defaults to 0.

    Raises:
        InputError: A setting out of range.
    """

    def __init__(
        self,
        num_classes: int,
        dim: int,
        start_epoch: int = 0,
        warm: bool = True,
        momentum: float = 0.9,
        every: int = 1,
        temperature: float = 0.07,
        num_iters: int = 10000,
        seed: int = 0,
    ) -> None:
        super().__init__()
        expect_each(
            'ClassTargets has',
            'Set model.targets.{name}',
            ('num_classes', num_classes, num_classes >= 2, 'at least 2'),
            ('dim', dim, dim >= 2, 'at least 2'),
            ('momentum', momentum, 0 <= momentum < 1, 'a number in [0, 1)'),
            ('every', every, every >= 1, 'at least 1'),
            ('temperature', temperature, temperature > 0, 'a number above 0'),
            ('num_iters', num_iters, num_iters >= 1, 'at least 1'),
        )
        self.start_epoch, self.warm, self.momentum, self.every = start_epoch, warm, momentum, every
        self.temperature, self.num_iters, self.seed = temperature, num_iters, seed
        generator = torch.Generator().manual_seed(seed)
        centroids = torch.randn(num_classes, dim, generator=generator)
        self.register_buffer('centroids', F.normalize(centroids, dim=1))  # (C, D)
        self.register_buffer('targets', torch.zeros(num_classes, dim))  # (C, D)
        self.register_buffer('made', torch.tensor(False))
        self.register_buffer('assignment', torch.full((num_classes,), -1))  # target of each class
        self._made = False  # the same as made, read without a device synchronisation

    def __len__(self) -> int:
        return len(self.targets)

    @property
    def active(self) -> bool:
        """Whether there are targets in this epoch."""
        return MessageHub.get_current_instance().get_info('epoch', 0) >= self.start_epoch

    def read(self) -> Tensor:
        """A copy of the points, (C, D)."""
        return self.targets.clone()

    def of(self, labels: Tensor) -> Tensor:
        """The points of classes (N,), (N, D)."""
        return self.targets[self.assignment[labels]]

    @torch.no_grad()
    def update(self, queries: Tensor, labels: Tensor) -> None:
        """Move the centroids and match; what all processes give is gathered.

        Args:
            queries (Tensor): This process's, (N, D), unit length.
            labels (Tensor): Their classes, int64 (N,), each below C; -1 where unknown.
        """
        self._make_once()
        if not (self.active or self.warm):
            return
        queries, labels = gather(queries.to(self.centroids)), gather(labels)
        queries, labels = queries[labels >= 0], labels[labels >= 0]
        means = F.normalize(torch.zeros_like(self.centroids).index_add_(0, labels, queries), dim=1)
        moved = F.normalize(self.momentum * self.centroids + (1 - self.momentum) * means, dim=1)
        seen = torch.bincount(labels, minlength=len(self))[:, None] > 0
        self.centroids.copy_(torch.where(seen, moved, self.centroids))
        due = MessageHub.get_current_instance().get_info('iter', 0) % self.every == 0
        if self.active and (due or bool(self.assignment[0] < 0)):
            self._match()

    def _match(self) -> None:
        from scipy.optimize import linear_sum_assignment  # loaded where needed: it takes a second

        if rank() == 0:
            _, columns = linear_sum_assignment(-(self.centroids @ self.targets.T).double().cpu().numpy())
            self.assignment.copy_(torch.from_numpy(columns))
        broadcast(self.assignment)

    def _make_once(self) -> None:
        if not self._made and not bool(self.made):
            made = class_targets(
                *self.targets.shape, self.temperature, self.num_iters, self.seed, self.targets.device
            )
            self.targets.copy_(made)
            broadcast(self.targets)
            self.made.fill_(True)
            cosines = (made @ made.T).fill_diagonal_(-1)
            print_log(f'{len(made)} class targets, no two of a cosine above {cosines.max():.3f}.', 'current')
        self._made = True

    def _load_from_state_dict(self, *args) -> None:
        self._made = False
        super()._load_from_state_dict(*args)


def class_targets(
    num: int,
    dim: int,
    temperature: float = 0.07,
    num_iters: int = 10000,
    seed: int = 0,
    device: torch.device | str = 'cpu',
) -> Tensor:
    """Points that are spread evenly over the sphere; see :class:`ClassTargets`.

    Args:
        num (int): C, >= 2.
        dim (int): D, >= 2.
        temperature (float): > 0.
        num_iters (int): Steps of Adam (learning rate 0.001), the best of which counts; of no use for a simplex.
        seed (int): Decides how the points lie.
        device (torch.device | str): Where to optimize.

    Returns:
        Tensor: float32 (C, D), unit length.
    """
    generator = torch.Generator().manual_seed(seed)
    if num <= dim + 1:
        corners = torch.eye(num, dtype=torch.float64) - 1 / num  # a simplex of C - 1 dimensions in C
        basis = torch.linalg.eigh(corners).eigenvectors[:, 1:]
        turn, _ = torch.linalg.qr(torch.randn(dim, dim, generator=generator, dtype=torch.float64))
        return F.normalize(F.normalize(corners @ basis, dim=1) @ turn[: num - 1], dim=1).float().to(device)
    points = torch.randn(num, dim, generator=generator).to(device).requires_grad_()
    optimizer = torch.optim.Adam([points], lr=1e-3)
    best, lowest = points.detach(), math.inf
    with torch.enable_grad():
        for _ in range(num_iters):
            unit = F.normalize(points, dim=1)
            loss = (unit @ unit.T / temperature).logsumexp(dim=1).mean()
            if loss.item() < lowest:
                best, lowest = unit.detach().clone(), loss.item()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return F.normalize(best, dim=1)
