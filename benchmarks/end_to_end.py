"""Training from images to optimizer step: Fashion-MNIST under protocol FM's network, batch and views, against lightly and MMPretrain.

    python benchmarks/end_to_end.py [mocov2 simclr] [--threads N]

mmcl trains its FM config through ``tools/train.py``'s runner with the defaults; MoCo's extras (both directions, split batch norm) are
switched off, since the peers have none. The peers do what their guides show: per-image transforms in two loader workers, fp32. The
limit is mmcl's own network, loss, optimizer and target in the same precision, on views that are there already.

Each contender trains in a process of its own with nothing beside it, in turns; its first iterations, for which loaders have had time to
work ahead, are not timed.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Iterator

import numpy as np
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import DefaultScope
from timing import ROOT, in_own_process, row, run_child_or, table
from torch import nn
from torch.utils.data import DataLoader

import mmcl.datasets  # noqa: F401
from mmcl.datasets import FashionMNIST
from mmcl.engine.runner import ContrastiveRunner
from mmcl.utils.validation import drop_validation

BATCH, WIDTH = 256, 128
WARM_UP, TIMED = 8, 24  # iterations
VIEW = dict(
    input_size=32, min_scale=0.2, cj_strength=1.0, cj_bright=0.4, cj_contrast=0.4, cj_sat=0.4, cj_hue=0.1
)
VIEW.update(gaussian_blur=0.0, random_gray_scale=0.2, normalize=dict(mean=[0.45] * 3, std=[0.225] * 3))


def config(method: str, data_root: str) -> Config:
    """The FM config as it is, without evaluation and with the peers' MoCo."""
    cfg = Config.fromfile(str(ROOT / f'configs/{method}/r18w16_3e_fmnist.py'))
    if method == 'mocov2':
        cfg.model.pairs = [(0, 1)]
        cfg.model.encoder = dict(type='EMAPair', momentum=0.99)
    cfg.train_dataloader.dataset.data_root = data_root
    drop_validation(cfg)
    cfg.update(work_dir='work_dirs/benchmark', precision='auto', launcher='none')
    cfg.train_cfg.max_epochs = 1000
    return cfg


class Enough(Exception):
    """Ends a run from a hook."""


class Timer(Hook):
    """Times iterations of a run, then ends it."""

    def __init__(self, warm_up: int, timed: int) -> None:
        self.warm_up, self.timed = warm_up, timed

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """An iteration starts with the hooks of the one before it done and its batch loaded."""
        if runner.iter == self.warm_up:
            self.start = time.perf_counter()
        if runner.iter == self.warm_up + self.timed:
            self.seconds = time.perf_counter() - self.start
            raise Enough


def mmcl_run(method: str, data_root: str, warm_up: int = WARM_UP, timed: int = TIMED):
    """Seconds of a real run's iterations, and the runner."""
    timer = Timer(warm_up, timed)
    runner = ContrastiveRunner.from_cfg(config(method, data_root))
    runner.register_hook(timer, priority='VERY_HIGH')
    try:
        runner.train()
    except Enough:
        return timer.seconds, runner


def compute_alone(method: str, data_root: str) -> Iterator[None]:
    """The same step on ready batches of views: a run's model and optimizer, without its data, preprocessor and hooks."""
    _, runner = mmcl_run(method, data_root, warm_up=0, timed=1)
    model, optimizer = runner.model, runner.optim_wrapper
    views = [torch.randn(BATCH, 3, 32, 32).to(memory_format=torch.channels_last) for _ in range(2)]
    while True:
        with optimizer.optim_context(model):
            loss, _ = model.parse_losses(model.loss(views, []))
        optimizer.update_params(loss)
        if hasattr(model.encoder, 'update'):
            model.encoder.update(model, 1, 2)
        yield


def seconds_of(iterations: Iterator[None]) -> float:
    """Seconds of ``TIMED`` iterations, after ``WARM_UP``."""
    for _ in range(WARM_UP):
        next(iterations)
    start = time.perf_counter()
    for _ in range(TIMED):
        next(iterations)
    return time.perf_counter() - start


def images(data_root: str) -> tuple[np.ndarray, np.ndarray]:
    """The training images as the peers take them: RGB, 32 px."""
    data = FashionMNIST(data_root=data_root, split='train', pad_to=32)
    return data.images.repeat(3, axis=3), data.gt_labels


def endless(loader: DataLoader):
    """Batches, epoch after epoch."""
    while True:
        yield from loader


def network() -> nn.Module:
    """The protocol's backbone, pooled."""
    from mmpretrain.models import ResNet_CIFAR

    class Pooled(ResNet_CIFAR):
        def forward(self, x):
            return super().forward(x)[-1].mean(dim=(2, 3))

    return Pooled(depth=18, base_channels=16, stem_channels=16)


def lightly_loop(method: str, data_root: str) -> Iterator[None]:
    """The loop of lightly's tutorials."""
    import copy

    from lightly.loss import NTXentLoss
    from lightly.models.modules import MoCoProjectionHead, SimCLRProjectionHead
    from lightly.models.utils import update_momentum
    from lightly.transforms import MoCoV2Transform
    from PIL import Image

    pictures, transform = images(data_root)[0], MoCoV2Transform(**VIEW)

    class Views(torch.utils.data.Dataset):
        def __len__(self):
            return len(pictures)

        def __getitem__(self, i):
            return transform(Image.fromarray(pictures[i]))

    loader = DataLoader(Views(), BATCH, shuffle=True, drop_last=True, num_workers=2)
    moco = method == 'mocov2'
    head = (MoCoProjectionHead if moco else SimCLRProjectionHead)(WIDTH, 512, 128, batch_norm=moco)
    online = nn.Sequential(network(), head)
    target = copy.deepcopy(online).requires_grad_(False)
    criterion = NTXentLoss(0.2, memory_bank_size=(4096, 128) if moco else 0)
    optimizer = torch.optim.SGD(online.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    for first, second in endless(loader):
        if moco:
            update_momentum(online, target, 0.99)
            query = online(first)
            with torch.no_grad():
                key = target(second)
        else:
            query, key = online(first), online(second)
        loss = criterion(query, key)
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
        yield


def mmpretrain_loop(method: str, data_root: str) -> Iterator[None]:
    """MMPretrain's model and transforms in a plain loop."""
    from mmengine.dataset import Compose, default_collate
    from mmengine.optim import OptimWrapper
    from mmpretrain.registry import MODELS as THEIRS
    from mmpretrain.utils import register_all_modules

    register_all_modules(False)
    backbone = dict(type='ResNet_CIFAR', depth=18, base_channels=16, stem_channels=16)
    normalise = dict(type='SelfSupDataPreprocessor', mean=[114.75] * 3, std=[57.375] * 3, to_rgb=True)
    jitter = dict(type='ColorJitter', brightness=0.4, contrast=0.4, saturation=0.4, hue=0.1)
    view = [
        dict(type='RandomResizedCrop', scale=32, crop_ratio_range=(0.2, 1.0), backend='pillow'),
        dict(type='RandomApply', transforms=[jitter], prob=0.8),
        dict(type='RandomGrayscale', prob=0.2, keep_channels=True, channel_weights=(0.114, 0.587, 0.2989)),
        dict(type='RandomFlip', prob=0.5),
    ]
    moco = method == 'mocov2'
    neck = dict(
        type='MoCoV2Neck' if moco else 'NonLinearNeck', in_channels=WIDTH, hid_channels=512, out_channels=128
    )
    neck.update({} if moco else dict(num_layers=2, with_avg_pool=True, norm_cfg=dict(type='BN1d')))
    head = dict(type='ContrastiveHead', temperature=0.2, loss=dict(type='CrossEntropyLoss'))
    model = dict(
        type='MoCo' if moco else 'SimCLR',
        backbone=backbone,
        neck=neck,
        head=head,
        data_preprocessor=normalise,
    )
    model.update(dict(queue_len=4096, feat_dim=128, momentum=0.01) if moco else {})
    with DefaultScope.overwrite_default_scope('mmpretrain'):
        pipeline = Compose([dict(type='MultiView', num_views=2, transforms=[view]), dict(type='PackInputs')])
        model = THEIRS.build(model).train()
    pictures = images(data_root)[0]

    class Views(torch.utils.data.Dataset):
        def __len__(self):
            return len(pictures)

        def __getitem__(self, i):
            return pipeline(dict(img=pictures[i], img_shape=(32, 32), sample_idx=i))

    loader = DataLoader(
        Views(), BATCH, shuffle=True, drop_last=True, num_workers=2, collate_fn=default_collate
    )
    parameters = [p for p in model.parameters() if p.requires_grad]
    wrapper = OptimWrapper(torch.optim.SGD(parameters, lr=0.01, momentum=0.9, weight_decay=5e-4))
    for batch in endless(loader):
        model.train_step(batch, wrapper)
        yield


def contend(name: str, method: str, data_root: str) -> dict:
    """One contender's turn: images a second, and the precision that a run of mmcl chose."""
    if name == 'mmcl':
        seconds, runner = mmcl_run(method, data_root)
        return dict(speed=TIMED * BATCH / seconds, precision=runner._precision)
    return dict(speed=TIMED * BATCH / seconds_of(LOOPS[name](method, data_root)))


LOOPS: dict[str, Callable[[str, str], Iterator[None]]] = dict(
    lightly=lightly_loop, mmpretrain=mmpretrain_loop, compute=compute_alone
)


def measure(
    methods=('mocov2', 'simclr'), data_root: str = 'data/fashion_mnist', rounds: int = 3
) -> list[dict]:
    """One row a method, images a second."""
    rows = []
    for method in methods:
        turns = [
            {name: in_own_process(__file__, name, method, data_root) for name in ('mmcl', *LOOPS)}
            for _ in range(rounds)
        ]
        speed = {name: statistics.median(turn[name]['speed'] for turn in turns) for name in turns[0]}
        precision = turns[0]['mmcl']['precision']
        title = f'{method} on Fashion-MNIST, {precision}, {torch.get_num_threads()} thread(s)'
        peers = {name: speed[name] for name in ('lightly', 'mmpretrain')}
        limits = {'compute alone': speed['compute']}
        rows.append(row(title, 'images/s', speed['mmcl'], peers, limits))
    return rows


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument('methods', nargs='*', default=['mocov2', 'simclr'])
    parser.add_argument('--threads', type=int, default=torch.get_num_threads())
    parser.add_argument('--data-root', default='data/fashion_mnist')
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print(table(measure(args.methods, args.data_root)))


if __name__ == '__main__':
    run_child_or(main, contend)
