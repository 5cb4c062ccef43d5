"""Contrastive losses against lightly and against the matrix products that they cannot do without.

    python benchmarks/losses.py
    python benchmarks/losses.py --plot docs/loss_memory.png     # peak memory as the batch grows

Time and peak memory of forward + backward, fp32, 128-d embeddings.
"""

import argparse

import torch
import torch.nn.functional as F
from timing import grown_mib, in_own_process, medians, row, run_child_or, table

from mmcl.models.heads import ContrastiveHead
from mmcl.models.policies import BatchNegatives, InstancePositives, Step
from mmcl.structures import ContrastSet

DIM, TEMPERATURE, QUEUE = 128, 0.2, 65536


def embeddings(num: int, count: int) -> list[torch.Tensor]:
    """``count`` views of ``num`` images, unit length, with gradient."""
    torch.manual_seed(0)
    return [F.normalize(torch.randn(num, DIM), dim=1).requires_grad_() for _ in range(count)]


def nt_xent_mmcl(num: int):
    """Both directions, wired as SimCLR does."""
    z, head = dict(enumerate(embeddings(num, 2))), ContrastiveHead(TEMPERATURE)

    def run():
        loss = 0
        for pair in ((0, 1), (1, 0)):
            step = Step(z, z, [], pair=pair)
            contrast = InstancePositives()(ContrastSet(z[pair[0]]), step)
            loss = loss + head(BatchNegatives()(contrast, step))['loss'] / 2
        loss.backward()
        return loss

    return run


def nt_xent_lightly(num: int):
    """The NTXentLoss of lightly."""
    from lightly.loss import NTXentLoss

    z, loss_function = embeddings(num, 2), NTXentLoss(TEMPERATURE)

    def run():
        loss = loss_function(*z)
        loss.backward()
        return loss

    return run


def two_products(num: int):
    """The similarity matrix and its product with the embeddings, 64 rows at a time: what no exact loss can leave out."""
    z = torch.cat(embeddings(num, 2)).detach()
    tile, out = torch.empty(min(64, len(z)), len(z)), torch.empty_like(z)

    def run():
        for start in range(0, len(z), 64):
            torch.mm(z[start : start + 64], z.T, out=tile)
            torch.mm(tile, z, out=out[start : start + 64])

    return run


def queue_mmcl(num: int):
    """A query and its key against a queue."""
    (q, k), head = embeddings(num, 2), ContrastiveHead(TEMPERATURE)
    queue = F.normalize(torch.randn(QUEUE, DIM), dim=1)
    contrast = ContrastSet(q, own=k.detach()[:, None], shared=queue)
    return lambda: head(contrast)['loss'].backward()


def queue_textbook(num: int):
    """The paper's pseudo-code: concatenate, divide, cross entropy."""
    (q, k), queue = embeddings(num, 2), F.normalize(torch.randn(QUEUE, DIM), dim=1)
    k = k.detach()

    def run():
        logits = torch.cat([(q * k).sum(1, keepdim=True), q @ queue.T], dim=1) / TEMPERATURE
        F.cross_entropy(logits, torch.zeros(num, dtype=torch.int64)).backward()

    return run


def queue_products(num: int):
    """The two products with the queue."""
    q, queue = embeddings(num, 1)[0].detach(), F.normalize(torch.randn(QUEUE, DIM), dim=1)
    return lambda: (q @ queue.T) @ queue


CASES = dict(
    nt_xent=dict(mmcl=nt_xent_mmcl, lightly=nt_xent_lightly, limit=two_products),
    queue=dict(mmcl=queue_mmcl, textbook=queue_textbook, limit=queue_products),
)


def measure(sizes=(1024, 4096, 16384), rounds: int = 3) -> list[dict]:
    """Rows of time and memory. lightly's matrix of 16384 pairs does not fit in 24 GB, so it is left out there."""
    rows = []
    for num in sizes:
        names = [name for name in CASES['nt_xent'] if num <= 4096 or name != 'lightly']
        rows += _rows('nt_xent', f'NT-Xent, N={num}', num, names, rounds)
    return rows + _rows('queue', f'InfoNCE, N=256, queue {QUEUE}', 256, list(CASES['queue']), rounds)


def _rows(case: str, title: str, num: int, names: list[str], rounds: int) -> list[dict]:
    makers = {name: CASES[case][name] for name in names}
    seconds = medians({name: make(num) for name, make in makers.items()}, rounds)
    memory = {name: in_own_process(__file__, case, name, num) for name in names}
    peers = [name for name in names if name not in ('mmcl', 'limit')]
    return [
        row(f'{title}: {what}', unit, got['mmcl'], {p: got[p] for p in peers}, {'products': got['limit']})
        for what, unit, got in (('time', 's', seconds), ('memory', 'MiB', memory))
    ]


def plot_memory(path: str) -> None:
    """Peak memory of NT-Xent over the batch size; lightly as far as its matrix is below 5 GB."""
    import matplotlib

    matplotlib.use('Agg')
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(5, 3.5), layout='constrained')
    for name, sizes in (('lightly', (1024, 2048, 4096, 8192)), ('mmcl', (1024, 2048, 4096, 8192, 16384))):
        peaks = [in_own_process(__file__, 'nt_xent', name, num) for num in sizes]
        print(name, dict(zip(sizes, peaks)))
        axes.loglog(sizes, peaks, marker='o', label=name)
    axes.set_xlabel('images in the batch')
    axes.set_ylabel('peak memory of the loss, MiB')
    axes.set_title('NT-Xent, forward and backward, fp32, 128-d')
    axes.grid(alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=120)


def peak(case: str, name: str, num: int) -> float:
    """MiB that a contender needs above what its inputs take."""
    run = CASES[case][name](num)
    CASES[case][name](8)()  # what a first call loads is not the loss's
    return grown_mib(run)


def main() -> None:
    """Print the table, or draw the plot."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('--plot', metavar='FILE', help='draw peak memory over the batch size, and stop')
    args = parser.parse_args()
    if args.plot:
        plot_memory(args.plot)
    else:
        print(table(measure()))


if __name__ == '__main__':
    run_child_or(main, peak)
