"""Training from images to optimizer step: Fashion-MNIST under protocol FM's network, batch and views, against lightly and MMPretrain.

    python benchmarks/end_to_end.py [mocov2 simclr] [--threads N]

mmcl trains its FM config through ``tools/train.py``'s runner with the defaults; MoCo's extras (both directions, split batch norm) are
switched off, since the peers have none. The peers do what their guides show: per-image transforms in two loader workers, fp32. The
limit is mmcl's own network, loss, optimizer and target in the same precision, on views that are there already.
"""

import argparse
import threading

import numpy as np
import torch
from mmengine.config import Config
from mmengine.hooks import Hook
from mmengine.registry import DefaultScope
from timing import ROOT, medians, row, table
from torch import nn
from torch.utils.data import DataLoader

import mmcl.datasets  # noqa: F401
from mmcl.datasets import FashionMNIST
from mmcl.engine.precision import AutocastOptimWrapper
from mmcl.engine.runner import ContrastiveRunner
from mmcl.registry import MODELS
from mmcl.utils.validation import drop_validation

BATCH, BLOCK, WIDTH = 256, 8, 128
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


class Turnstile(Hook):
    """Lets a runner's training through, some iterations at a time."""

    def __init__(self) -> None:
        self.go, self.done = threading.Semaphore(0), threading.Semaphore(0)

    def before_train_iter(self, runner, batch_idx, data_batch=None) -> None:
        """Wait between two blocks."""
        if runner.iter % BLOCK == 0:
            if runner.iter:
                self.done.release()
            self.go.acquire()


def mmcl_runner(cfg: Config):
    """A block of iterations of a real run; and the format that it chose."""
    turnstile, threads = Turnstile(), torch.get_num_threads()
    runner = ContrastiveRunner.from_cfg(cfg)
    runner.register_hook(turnstile, priority='VERY_HIGH')

    def train() -> None:
        torch.set_num_threads(threads)  # a new thread has torch's default
        with DefaultScope.overwrite_default_scope('mmcl'):
            runner.train()

    threading.Thread(target=train, daemon=True).start()

    def block() -> None:
        turnstile.go.release()
        turnstile.done.acquire()

    return block, runner


def compute_alone(cfg: Config, precision: str):
    """The same step on two ready batches of views."""
    model = MODELS.build(cfg.model).train().to(memory_format=torch.channels_last)
    model.init_weights()
    optimizer = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9, weight_decay=5e-4)
    wrapper = AutocastOptimWrapper(dtype=precision, optimizer=optimizer)
    views = [torch.randn(BATCH, 3, 32, 32).to(memory_format=torch.channels_last) for _ in range(2)]

    def block() -> None:
        for step in range(BLOCK):
            with wrapper.optim_context(model):
                loss, _ = model.parse_losses(model.loss(views, []))
            wrapper.update_params(loss)
            if hasattr(model.encoder, 'update'):
                model.encoder.update(model, step, BLOCK)

    return block


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


def lightly_loop(method: str, data_root: str):
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
    batches = endless(loader)

    def block() -> None:
        for _ in range(BLOCK):
            first, second = next(batches)
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

    return block


def mmpretrain_loop(method: str, data_root: str):
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
    batches = endless(loader)

    def block() -> None:
        for _ in range(BLOCK):
            model.train_step(next(batches), wrapper)

    return block


def measure(
    methods=('mocov2', 'simclr'), data_root: str = 'data/fashion_mnist', rounds: int = 5
) -> list[dict]:
    """One row a method, images a second."""
    rows = []
    for method in methods:
        cfg = config(method, data_root)
        block, runner = mmcl_runner(cfg)
        block()  # decides the precision
        precision = runner._precision
        contenders = dict(
            mmcl=block,
            lightly=lightly_loop(method, data_root),
            mmpretrain=mmpretrain_loop(method, data_root),
            compute=compute_alone(config(method, data_root), precision),
        )
        speed = {name: BLOCK * BATCH / s for name, s in medians(contenders, rounds).items()}
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
    main()
