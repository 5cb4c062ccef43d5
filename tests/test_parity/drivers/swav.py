"""SwAV: the authors' forward passes over crops of two sizes, Sinkhorn, queue and training loop, with Apex's LARC.

The learning rates and the queue's beginning are part of their ``main`` and said again here.
"""

import importlib.util
import sys
from argparse import Namespace

import numpy as np
import torch
from torch import nn

from .. import problem
from ..trunk import Trunk
from .common import Record, checkout, fill, images, renamed, stand_in, stub


def main() -> None:
    (path, apex), source = checkout(
        'https://github.com/facebookresearch/swav', 'https://github.com/NVIDIA/apex'
    )
    stand_in()
    stub('apex', 'apex.parallel', 'pandas', 'cv2', 'src.multicropdataset')
    spec = importlib.util.spec_from_file_location('apex.parallel.LARC', apex / 'apex/parallel/LARC.py')
    sys.modules['apex.parallel.LARC'] = larc = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(larc)
    import main_swav
    from src.resnet50 import BasicBlock, ResNet

    s = problem.SETTINGS['swav']
    per_epoch = problem.STEPS // s['epochs']
    main_swav.args = args = Namespace(
        epsilon=s['epsilon'],
        sinkhorn_iterations=s['num_iters'],
        temperature=s['temperature'],
        crops_for_assign=[0, 1],
        nmb_crops=[2, 2],
        world_size=1,
        rank=1,
        use_fp16=False,
        freeze_prototypes_niters=s['freeze'],
    )
    model = ResNet(
        BasicBlock,
        [1, 1, 1, 1],
        normalize=True,
        hidden_mlp=problem.HIDDEN,
        output_dim=problem.DIM,
        nmb_prototypes=s['num_prototypes'],
    )
    # a small network in the place of theirs; what goes through it, and how, is theirs
    for part in ('conv1', 'bn1', 'layer1', 'layer2', 'layer3', 'layer4'):
        delattr(model, part)
    model.trunk = Trunk()
    model.forward_backbone = lambda x: torch.flatten(model.avgpool(model.trunk(x)), 1)
    model.projection_head[0] = nn.Linear(problem.WIDTH, problem.HIDDEN)
    rules = [
        ('trunk.', 'online.trunk.'),
        ('projection_head.', 'online.projector.'),
        ('prototypes.', 'prototypes.'),
    ]
    fill(renamed(model.state_dict(), rules))

    queue = None

    def state() -> dict:
        # newest batch first -> oldest first; zeros before there is one, as in mmcl
        filled = torch.zeros(2, problem.QUEUE, problem.DIM) if queue is None else queue
        blocks = filled.view(2, -1, problem.BATCH, problem.DIM).flip(1)
        return dict(renamed(model.state_dict(), rules), queue=blocks.reshape(filled.shape))

    record = Record('swav', source, state)
    record.watch(main_swav)
    optimizer = torch.optim.SGD(
        model.parameters(), lr=s['lr'], momentum=s['momentum'], weight_decay=s['weight_decay']
    )
    optimizer = larc.LARC(optimizer=optimizer, trust_coefficient=0.001, clip=False)
    warmup = s['warmup'] * per_epoch
    cosine = 1 + np.cos(np.pi * np.arange(problem.STEPS - warmup) / (problem.STEPS - warmup))
    rates = np.concatenate(
        [np.linspace(s['start_lr'], s['lr'], warmup), s['end_lr'] + (s['lr'] - s['end_lr']) * cosine / 2]
    )
    wrapped = nn.parallel.DistributedDataParallel(model)
    for epoch in range(s['epochs']):
        if epoch >= s['queue_from'] and queue is None:
            queue = torch.zeros(len(args.crops_for_assign), problem.QUEUE, problem.DIM)
        loader = record.batches(epoch, lambda step: images(step, sizes=s['sizes']))
        _, queue = main_swav.train(loader, wrapped, optimizer, epoch, rates, queue)
    record.save()


if __name__ == '__main__':
    main()
