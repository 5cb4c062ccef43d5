"""The parts around the network, each against a peer and the machine: moving average, Sinkhorn, k-means, start of the program.

python benchmarks/parts.py
"""

import copy
import subprocess
import sys

import torch
from timing import ROOT, medians, row, table
from torch import nn

from mmcl.evaluation.clustering import kmeans
from mmcl.models.encoders import EMAPair
from mmcl.models.policies import sinkhorn


def moving_average(rounds: int = 20) -> dict:
    """One update of a ResNet-50's target."""
    from lightly.models.utils import update_momentum
    from mmengine.model import ExponentialMovingAverage
    from torchvision.models import resnet50

    class Learner(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone, self.neck = resnet50(), None

    learner, pair = Learner(), EMAPair(momentum=0.99)
    pair.attach(learner)
    pair.update(learner, 0, 100)
    target, average = copy.deepcopy(learner.backbone), ExponentialMovingAverage(learner.backbone, 0.01)
    size = sum(p.numel() for p in learner.backbone.parameters())
    flat, other = torch.randn(size), torch.randn(size)
    seconds = medians(
        dict(
            mmcl=lambda: pair.update(learner, 1, 100),
            lightly=lambda: update_momentum(learner.backbone, target, 0.99),
            mmengine=lambda: average.update_parameters(learner.backbone),
            limit=lambda: flat.lerp_(other, 0.01),
        ),
        rounds,
    )
    milliseconds = {name: 1e3 * value for name, value in seconds.items()}
    peers = {name: milliseconds[name] for name in ('lightly', 'mmengine')}
    return row('EMA of a ResNet-50', 'ms', milliseconds['mmcl'], peers, {'one lerp': milliseconds['limit']})


def codes(num: int = 4096, prototypes: int = 3000, rounds: int = 10) -> dict:
    """SwAV's assignments of its large batch; the limit is their matrix's exponential alone."""
    from lightly.loss.swav_loss import sinkhorn as of_lightly
    from mmpretrain.models.losses.swav_loss import distributed_sinkhorn

    torch.manual_seed(0)
    unit = nn.functional.normalize
    scores = unit(torch.randn(num, 128)) @ unit(torch.randn(prototypes, 128)).T
    seconds = medians(
        dict(
            mmcl=lambda: sinkhorn(scores),
            lightly=lambda: of_lightly(scores),
            mmpretrain=lambda: distributed_sinkhorn(scores, 3, 1, 0.05),
            limit=lambda: scores.exp(),
        ),
        rounds,
    )
    milliseconds = {name: 1e3 * value for name, value in seconds.items()}
    peers = {name: milliseconds[name] for name in ('lightly', 'mmpretrain')}
    title = f'Sinkhorn, {num} x {prototypes}, 3 turns'
    return row(title, 'ms', milliseconds['mmcl'], peers, {'one exp': milliseconds['limit']})


def clustering(num: int = 100_000, dim: int = 128, k: int = 1000, niter: int = 20, rounds: int = 2) -> dict:
    """k-means from embeddings to assignments; the limit is its matrix products alone."""
    from sklearn.cluster import KMeans

    torch.manual_seed(0)
    features = nn.functional.normalize(torch.randn(num, dim), dim=1)
    centroids = features[:k].T.contiguous()

    def products() -> None:
        for _ in range(niter + 1):
            for part in features.split(8192):
                part @ centroids

    theirs = KMeans(k, init='random', n_init=1, max_iter=niter, tol=0, random_state=0)
    seconds = medians(
        dict(
            mmcl=lambda: kmeans(features, k, niter=niter),
            sklearn=lambda: theirs.fit(features.numpy()),
            limit=products,
        ),
        rounds,
    )
    title = f'k-means, {num} x {dim}, k={k}, {niter} iterations'
    return row(
        title, 's', seconds['mmcl'], {'scikit-learn': seconds['sklearn']}, {'products': seconds['limit']}
    )


def start(rounds: int = 5, data_root: str = 'data/fashion_mnist') -> dict:
    """From the command line to the first batch, against importing what any such program imports."""
    command = [
        sys.executable,
        'tools/train.py',
        'configs/simclr/r18w16_3e_fmnist.py',
        '--data-root',
        data_root,
    ]
    command += ['--precision', 'fp32', '--work-dir', 'work_dirs/benchmark_start']

    def until_ready() -> None:
        with subprocess.Popen(
            command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            for line in process.stdout:
                if 'An epoch is' in line:
                    break
            else:
                raise RuntimeError(f'{" ".join(command)} never came to its first epoch')
            process.kill()

    imports = [sys.executable, '-c', 'import torch, mmengine.runner, mmpretrain.models']
    contenders = dict(
        mmcl=until_ready, limit=lambda: subprocess.run(imports, check=True, capture_output=True)
    )
    seconds = medians(contenders, rounds)
    return row(
        'start of tools/train.py', 's', seconds['mmcl'], {}, {'import torch, mmpretrain': seconds['limit']}
    )


def measure() -> list[dict]:
    """All rows."""
    return [moving_average(), codes(), clustering(), start()]


if __name__ == '__main__':
    print(table(measure()))
