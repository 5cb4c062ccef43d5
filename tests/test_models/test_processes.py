"""Two processes with b images each compute what one process computes with 2b: losses, gradients, queue."""

import os
import socket

import pytest
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
from mmengine.logging import MessageHub
from mmengine.registry import init_default_scope

from tests.test_models.tiny import (
    BACKBONE,
    DECODER,
    METHODS,
    NECK,
    PREDICTOR,
    batch,
    build,
    clusterings,
    grids,
    num_views,
    total,
)

SYNC = dict(
    backbone={**BACKBONE, 'norm_cfg': dict(type='SyncBN')},
    neck={**NECK, 'norm_cfg': dict(type='SyncBN')},
)
SYNC_MAPS = {**SYNC, 'backbone': {**SYNC['backbone'], 'out_indices': (1, 3)}}
SYNC_VIEWS = dict(
    backbone=dict(
        type='ViewBackbones',
        branches=[{**SYNC['backbone'], 'in_channels': 1}, {**SYNC['backbone'], 'in_channels': 2}],
        channels=[[0], [1, 2]],
    ),
    neck=dict(type='ViewNecks', necks=[SYNC['neck']] * 2),
)
SHARED = dict(type='SharedPair')
EMA = dict(type='EMAPair', momentum=0.9)
KEY = dict(type='BatchNegatives', views='key')
# name -> (method, changes, batch norm: 'sync', 'eval', or 'split' into one part a process)
CASES = {
    'simclr': ('simclr', SYNC, 'sync'),
    'byol': ('byol', {**SYNC, 'predictor': {**PREDICTOR, 'norm_cfg': dict(type='SyncBN')}}, 'sync'),
    'simsiam': ('simsiam', {**SYNC, 'predictor': {**PREDICTOR, 'norm_cfg': dict(type='SyncBN')}}, 'sync'),
    'vicreg': ('vicreg', SYNC, 'sync'),
    'alignment and uniformity': (
        'vicreg',
        {**SYNC, 'type': 'AlignUniform', 'encoder': SHARED, 'head': dict(type='AlignUniformHead')},
        'sync',
    ),
    'alignment and uniformity with a queue': ('moco', dict(head=dict(type='QueueAlignUniformHead')), 'eval'),
    'mocov3': ('mocov3', {**SYNC, 'predictor': {**PREDICTOR, 'norm_cfg': dict(type='SyncBN')}}, 'sync'),
    'swav': ('swav', SYNC, 'sync'),
    'mice': ('mice', dict(backbone=SYNC['backbone']), 'sync'),
    'deepcluster v2': (
        'deepcluster_v2',
        {**SYNC, 'memory': dict(type='ViewBanks', num_views=2, dim=8, momentum=0.0, num_samples=8)},
        'sync',
    ),
    'deep infomax': ('deep_infomax', SYNC_MAPS, 'sync'),
    'deep infomax, donsker and varadhan': (
        'deep_infomax',
        {**SYNC_MAPS, 'head': dict(type='MutualInfoHead', estimator='dv')},
        'sync',
    ),
    'deep infomax with coordinates': (
        'deep_infomax',
        {
            **SYNC_MAPS,
            'maps': {**METHODS['deep_infomax']['maps'], 'places': dict(level=0)},
            'coordinates': dict(type='CoordinateHead', in_channels=16, size=4),
        },
        'sync',
    ),
    'amdim': ('amdim', dict(backbone={**SYNC['backbone'], 'out_indices': (1, 2, 3)}), 'sync'),
    'invariant and spreading': (
        'simclr',
        {
            **SYNC,
            'encoder': dict(type='SharedPair', stop_gradient=True),
            'head': dict(type='SpreadingHead', temperature=0.5),
        },
        'sync',
    ),
    'npid': ('npid', SYNC, 'sync'),
    'npid with InfoNCE over rows drawn once': (
        'npid',
        {
            **SYNC,
            'negatives': dict(type='BankNegatives', num=15, per_anchor=False),
            'head': dict(type='ContrastiveHead', temperature=0.2),
            'proximal': 3.0,
        },
        'sync',
    ),
    'pirl': (
        'pirl',
        dict(
            **SYNC,
            pretext_neck=dict(
                type='TileNeck', tile={**SYNC['neck'], 'num_layers': 1}, num_tiles=4, out_channels=8
            ),
            head=dict(type='NCEHead', temperature=0.2, num_samples=20),
            negatives=dict(type='BankNegatives', num=7),
        ),
        'sync',
    ),
    'pirl with both tasks': (
        'pirl',
        dict(pretext=dict(type='TurnedTiles', grid=2, size=3)),
        'eval',
    ),
    'infomin': ('infomin', {}, 'eval'),
    'clae': ('clae', SYNC, 'sync'),
    'loco': (
        'loco',
        dict(
            backbone={**SYNC['backbone'], 'type': 'LocalResNet_CIFAR'},
            neck=dict(type='SpaceNecks', necks=[{**SYNC['neck'], 'in_channels': n} for n in (8, 16, 32)]),
        ),
        'sync',
    ),
    'looc': ('looc', {}, 'eval'),
    'looc with shuffled batch norm': (
        'looc',
        dict(encoder={**EMA, 'shuffle_bn': True, 'bn_splits': 2}),
        'split',
    ),
    'simclr with reconstruction': (
        'simclr',
        dict(
            **SYNC,
            encoder=dict(type='TappedPair'),
            regulariser=dict(type='ReconstructionHead', decoder={**DECODER, 'norm_cfg': dict(type='SyncBN')}),
        ),
        'sync',
    ),
    'byol with information about the own view': (
        'byol',
        dict(
            backbone={**SYNC['backbone'], 'out_indices': (1, 2, 3)},
            neck=SYNC['neck'],
            predictor={**PREDICTOR, 'norm_cfg': dict(type='SyncBN')},
            encoder={**EMA, 'type': 'TappedEMAPair', 'end_momentum': 1.0, 'noise': 0.1},
            regulariser=dict(type='InformationHead', scale=2.0),
        ),
        'sync',
    ),
    'simclr v2 with its memory': ('simclrv2', SYNC, 'sync'),
    'distillation with labels': ('distill', dict(backbone=SYNC['backbone']), 'sync'),
    'spcl': (
        'spcl',
        dict(
            backbone=SYNC['backbone'],
            neck=dict(type='NormNeck', in_channels=32, norm_cfg=dict(type='SyncBN')),
        ),
        'sync',
    ),
    'c-simclr': ('csimclr', SYNC, 'sync'),
    'c-byol': (
        'cbyol',
        {
            **SYNC,
            'predictor': {**PREDICTOR, 'norm_cfg': dict(type='SyncBN')},
            'head': dict(
                type='CompressiveLatentHead',
                dim=8,
                hidden_channels=16,
                encoder_concentration=40.0,
                norm_cfg=dict(type='SyncBN'),
            ),
        },
        'sync',
    ),
    'vib': ('vib', SYNC, 'sync'),
    'ceb': ('ceb', SYNC, 'sync'),
    'cmc': ('cmc', SYNC_VIEWS, 'sync'),
    'time contrast': ('time_contrast', {**SYNC, 'window': 1}, 'sync'),
    'prediction of one view from another': (
        'view_prediction',
        dict(
            backbone=SYNC_VIEWS['backbone'],
            decoders=[
                dict(type='MapDecoder', in_channels=32, out_channels=n, num_doublings=1) for n in (1, 2)
            ],
        ),
        'sync',
    ),
    'cmc with memory banks': (
        'cmc',
        {
            **SYNC_VIEWS,
            'memory': dict(type='ViewBanks', num_views=2, dim=8, num_samples=20),
            'positives': dict(type='BankPositives'),
            'negatives': dict(type='BankNegatives', num=15),
            'head': dict(type='NCEHead', num_samples=20),
        },
        'sync',
    ),
    'i-Mix on SimCLR': (
        'simclr',
        {**SYNC, 'pairs': [(2, 1)], 'positives': dict(type='MixedPositives'), 'negatives': KEY},
        'sync',
    ),
    'i-Mix on MoCo': (
        'moco',
        dict(
            pairs=[(2, 1)],
            positives=dict(type='MixedPositives'),
            negatives=[dict(type='QueueNegatives'), KEY],
        ),
        'eval',
    ),
    'supcon': (
        'simclr',
        {**SYNC, 'negatives': [dict(type='BatchNegatives'), dict(type='ClassPositives')]},
        'sync',
    ),
    'kcl': ('kcl', {}, 'eval'),
    'tsc': ('tsc', {}, 'eval'),
    'supcon with the mean inside': (
        'simclr',
        {
            **SYNC,
            'negatives': [dict(type='BatchNegatives'), dict(type='ClassPositives', num=2)],
            'head': dict(type='SupConHead', form='in'),
        },
        'sync',
    ),
    'cpc': ('cpc', {}, 'eval'),
    'rotnet': ('rotnet', dict(backbone=SYNC['backbone']), 'sync'),
    'rotnet with one turn': ('rotnet', dict(backbone=SYNC['backbone'], turns_per_image=1), 'sync'),
    'jigsaw': (
        'jigsaw',
        dict(
            backbone=SYNC['backbone'],
            neck=dict(
                type='TileNeck',
                tile={**SYNC['neck'], 'num_layers': 1, 'last_norm': 'full', 'last_relu': True},
                num_tiles=4,
            ),
        ),
        'sync',
    ),
    'moco': ('moco', {}, 'eval'),
    'pcl': ('pcl', {}, 'eval'),
    'pcl in the form of the paper': ('pcl', dict(own_only=True), 'eval'),
    'hcsc': ('hcsc', {}, 'eval'),
    'hcsc with a further crop, as its code masks': (
        'hcsc',
        dict(
            pairs=[(0, 1), (2, 1)],
            head=dict(type='ZeroMaskHead', temperature=0.2),
            proto_head=dict(type='ZeroMaskHead', temperature=0.2),
        ),
        'eval',
    ),
    'moco with shuffled batch norm': (
        'moco',
        dict(encoder={**EMA, 'shuffle_bn': True, 'bn_splits': 2}),
        'split',
    ),
    'pcl with shuffled batch norm': (
        'pcl',
        dict(encoder={**EMA, 'shuffle_bn': True, 'bn_splits': 2}),
        'split',
    ),
}
NUM = 8  # images over all processes


def run_case(name: str, rank: int, world: int):
    """One step of a case on this process's share; returns losses, gradients and the queue."""
    from mmengine.model import revert_sync_batchnorm

    from mmcl.models.norm import convert_sync_batchnorm_for_cpu

    method, changes, norm = CASES[name]
    torch.manual_seed(0)
    learner = build(method, **changes)
    if hasattr(learner, 'clusters'):
        learner.clusters.size_to_dataset(NUM)
        sizes, tree = learner.clusters.num_clusters, learner.clusters.hierarchical
        learner.clusters.update(clusterings(NUM, sizes, tree), epoch=0)
    if method == 'pcl':
        learner.num_negatives = 1  # fewer than there are: the same must be drawn on every process
    learner = convert_sync_batchnorm_for_cpu(learner) if world > 1 else revert_sync_batchnorm(learner)
    if norm == 'eval':
        for module in learner.modules():
            if isinstance(module, torch.nn.modules.batchnorm._BatchNorm):
                module.eval()
    if hasattr(getattr(learner, 'memory', None), 'labels') and method != 'spcl':
        learner.memory.labels.copy_(torch.arange(20) % 3 - 1)
    if method == 'swav':
        earlier = torch.nn.functional.normalize(torch.randn(2, 12, 8), dim=2).chunk(world, dim=1)[rank]
        learner.memory.queue.copy_(earlier)
        learner.memory.written.fill_(len(learner.memory))
    if method == 'spcl':
        learner.memory.fill(torch.empty(0, 32), torch.randn(NUM, 32))
        learner.memory.assign(torch.tensor([0, 0, 0, 1, 1, 2, 3, 3]), epoch=0, threshold=0.0)
    inputs, samples = batch(num=NUM, views=1 if method == 'cpc' else num_views(learner))
    if method == 'cpc':
        inputs = [grids(num=NUM)[0]]
    every = dict(distill=3, vib=1, ceb=1).get(method)  # which images have a label
    for i in range(0, NUM if every else 0, every or 1):
        samples[i].set_gt_label(i % 2)
    share = slice(rank * NUM // world, (rank + 1) * NUM // world)
    inputs, samples = [view[share] for view in inputs], samples[share]
    for n, sample in enumerate(
        samples
    ):  # i-Mix: with the next image of the four that one of two processes has
        own = 0.5 + 0.1 * (n % 4)
        sample.set_field(own, 'share', field_type='metainfo')
        sample.set_field(n - n % 4 + (n + 1) % 4, 'mixed_with', field_type='metainfo')
    wrapped = (
        torch.nn.parallel.DistributedDataParallel(learner, broadcast_buffers=False) if world > 1 else learner
    )
    losses = wrapped(inputs, samples, mode='loss')
    total(losses).backward()
    value = total(losses).detach().clone()
    if world > 1:
        dist.all_reduce(value)
        value /= world
    gradients = {n: p.grad.clone() for n, p in learner.named_parameters() if p.requires_grad}
    memory = getattr(learner, 'memory', None)
    same = hasattr(memory, 'pointer') or hasattr(memory, 'bank')  # on all processes
    queue = memory.read() if same else None
    if hasattr(memory, 'queues'):
        queue = torch.stack([each.read() for each in memory.queues])
    return dict(loss=value, gradients=gradients, queue=queue)


def worker(rank: int, port: int, folder: str) -> None:
    torch.set_num_threads(1)
    os.environ.update(
        RANK=str(rank), WORLD_SIZE='2', LOCAL_RANK=str(rank), MASTER_ADDR='127.0.0.1', MASTER_PORT=str(port)
    )
    dist.init_process_group('gloo', rank=rank, world_size=2)
    init_default_scope('mmcl')
    MessageHub.get_current_instance()
    torch.save({name: run_case(name, rank, 2) for name in CASES}, f'{folder}/{rank}.pt')
    dist.barrier()
    dist.destroy_process_group()


@pytest.fixture(scope='module')
def two_processes(tmp_path_factory):
    folder = tmp_path_factory.mktemp('processes')
    with socket.socket() as free:
        free.bind(('127.0.0.1', 0))
        port = free.getsockname()[1]
    mp.spawn(worker, args=(port, str(folder)), nprocs=2)
    return [torch.load(folder / f'{rank}.pt') for rank in range(2)]


@pytest.mark.parametrize('name', CASES)
def test_two_processes_equal_one_with_the_whole_batch(name, two_processes):
    alone = run_case(name, 0, 1)
    for rank in range(2):
        together = two_processes[rank][name]
        assert torch.allclose(together['loss'], alone['loss'], rtol=1e-9)
        largest = max(g.abs().max() for g in alone['gradients'].values())
        for parameter, gradient in alone['gradients'].items():
            difference = (together['gradients'][parameter] - gradient).abs().max() / largest
            assert difference < 1e-7, f'{parameter}: {difference:.1e}'
        if alone['queue'] is not None:
            assert torch.allclose(together['queue'], alone['queue'], atol=1e-6)
