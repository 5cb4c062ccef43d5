"""Tiny learners and batches for tests: real parts, small widths."""

import math

import torch
import torch.nn.functional as F
from mmpretrain.structures import DataSample

from mmcl.evaluation.clustering import join_levels
from mmcl.registry import MODELS
from mmcl.structures import ClusterResult

BACKBONE = dict(
    type='ResNet_CIFAR',
    depth=18,
    base_channels=4,
    stem_channels=4,
    norm_cfg=dict(type='BN'),
    zero_init_residual=False,
)
NECK = dict(type='MLP', in_channels=32, hidden_channels=16, out_channels=8, norm_cfg=dict(type='BN'))
FIRST_LAYER = dict(  # of NECK
    type='MLP',
    in_channels=32,
    hidden_channels=16,
    out_channels=16,
    num_layers=1,
    norm_cfg=dict(type='BN'),
    last_norm='full',
    last_relu=True,
)
PREDICTOR = dict(type='MLP', in_channels=8, hidden_channels=16, out_channels=8, norm_cfg=dict(type='BN'))
DECODER = dict(  # to 8 px
    type='ImageDecoder', in_channels=32, start=4, channels=(4, 4), norm_cfg=dict(type='BN')
)
QUEUE = dict(type='FeatureQueue', size=20, dim=8)

METHODS = dict(
    simclr=dict(type='SimCLR', head=dict(type='ContrastiveHead', temperature=0.5)),
    clae=dict(type='CLAE', eps=0.1, alpha=0.5, head=dict(type='ContrastiveHead', temperature=0.5)),
    loco=dict(
        type='LoCo',
        backbone={**BACKBONE, 'type': 'LocalResNet_CIFAR'},
        neck=dict(type='SpaceNecks', necks=[{**NECK, 'in_channels': width} for width in (8, 16, 32)]),
        head=dict(type='ContrastiveHead', temperature=0.5),
    ),
    looc=dict(
        type='LooC',
        num_left_out=2,
        neck=dict(type='SpaceNecks', necks=[NECK] * 3),
        encoder=dict(type='EMAPair', momentum=0.9),
        memory=dict(type='SpaceQueues', num_spaces=3, size=20, dim=8),
        negatives=dict(type='QueueNegatives'),
        head=dict(type='ContrastiveHead', temperature=0.2),
    ),
    moco=dict(
        type='MoCo',
        encoder=dict(type='EMAPair', momentum=0.9),
        memory=QUEUE,
        negatives=dict(type='QueueNegatives'),
        head=dict(type='ContrastiveHead', temperature=0.2),
    ),
    kcl=dict(
        type='MoCo',
        encoder=dict(type='EMAPair', momentum=0.9),
        memory={**QUEUE, 'type': 'LabelledQueue'},
        negatives=[dict(type='QueueNegatives'), dict(type='ClassPositives', sources=['queue'], num=3)],
        head=dict(type='SupConHead', temperature=0.2),
    ),
    tsc=dict(
        type='TSC',
        encoder=dict(type='EMAPair', momentum=0.9),
        memory={**QUEUE, 'type': 'LabelledQueue'},
        negatives=[dict(type='QueueNegatives'), dict(type='ClassPositives', sources=['queue'], num=3)],
        targets=dict(type='ClassTargets', num_classes=4, dim=8),
        head=dict(type='SupConHead', temperature=0.2),
    ),
    npid=dict(
        type='NPID',
        memory=dict(type='MemoryBank', dim=8, num_samples=20),
        negatives=dict(type='BankNegatives', num=7),
        head=dict(type='NCEHead', temperature=0.2, num_samples=20),
    ),
    byol=dict(
        type='BYOL',
        predictor=PREDICTOR,
        encoder=dict(type='EMAPair', momentum=0.9, end_momentum=1.0),
        head=dict(type='LatentHead'),
    ),
    simsiam=dict(
        type='SimSiam',
        predictor=PREDICTOR,
        encoder=dict(type='StopGradPair'),
        head=dict(type='LatentHead', loss_weight=0.5),
    ),
    vicreg=dict(
        type='VICReg',
        encoder=dict(type='SharedPair', joint=False, normalize=False),
        head=dict(type='VICRegHead'),
    ),
    mocov3=dict(
        type='MoCoV3',
        predictor=PREDICTOR,
        encoder=dict(type='EMAPair', momentum=0.9, end_momentum=1.0, lead=1),
        negatives=dict(type='BatchNegatives', views='key'),
        head=dict(type='ContrastiveHead', temperature=0.2, loss_weight=0.4),
    ),
    swav=dict(
        type='SwAV',
        num_views=3,
        head=dict(type='PrototypeHead', in_channels=8, num_prototypes=5),
        memory=dict(type='CodeQueue', size=12, dim=8, start_epoch=0),
    ),
    deepcluster_v2=dict(
        type='DeepClusterV2',
        num_views=3,
        head=dict(type='ContrastiveHead', temperature=0.1),
        clusters=dict(type='ClusterMemory', num_clusters=[5, 4, 6]),
        memory=dict(type='ViewBanks', num_views=2, dim=8, momentum=0.0),
    ),
    mice=dict(
        type='MiCE',
        neck=dict(type='ExpertsNeck', in_channels=32, out_channels=8, num_experts=3),
        encoder=dict(type='GatedPair', momentum=0.9),
        memory=dict(type='ExpertQueue', size=20, dim=8, num_experts=3),
        head=dict(type='MixtureHead', in_channels=8, num_experts=3),
    ),
    pirl=dict(
        type='PIRL',
        pretext=dict(type='ShuffledTiles', grid=2, size=3),
        pretext_neck=dict(type='TileNeck', tile={**NECK, 'num_layers': 1}, num_tiles=4, out_channels=8),
        encoder=dict(type='PiecesPair'),
        memory=dict(type='MemoryBank', dim=8, num_samples=20),
        negatives=dict(type='BankNegatives', num=None),
        head=dict(type='ContrastiveHead', temperature=0.2),
    ),
    infomin=dict(
        type='InfoMin',
        pretext=dict(type='ShuffledTiles', grid=2, size=3),
        pretext_neck=dict(type='TileNeck', tile=NECK, num_tiles=4, out_channels=8),
        encoder=dict(type='PiecesEMAPair', momentum=0.9),
        memory=QUEUE,
        negatives=dict(type='QueueNegatives'),
        head=dict(type='ContrastiveHead', temperature=0.2),
    ),
    simclrv2=dict(  # with its memory
        type='MoCo',
        encoder=dict(type='EMAPair', momentum=0.9),
        pairs=[(0, 1), (1, 0)],
        memory=QUEUE,
        negatives=[dict(type='BatchNegatives'), dict(type='QueueNegatives')],
        head=dict(type='ContrastiveHead', temperature=0.2),
    ),
    classifier=dict(
        type='Classifier', neck=FIRST_LAYER, head=dict(type='ClassifierHead', in_channels=16, num_classes=3)
    ),
    spcl=dict(
        type='SpCL',
        neck=dict(type='NormNeck', in_channels=32, norm_cfg=dict(type='BN')),
        memory=dict(type='HybridMemory', dim=32),
        head=dict(type='ContrastiveHead', temperature=0.2),
    ),
    csimclr=dict(
        type='CSimCLR',
        head=dict(
            type='ContrastiveCEBHead', encoder_concentration=40.0, backward_concentration=5.0, beta=0.5
        ),
    ),
    cbyol=dict(
        type='CBYOL',
        predictor=PREDICTOR,
        encoder=dict(type='EMAPair', momentum=0.9, end_momentum=1.0),
        head=dict(
            type='CompressiveLatentHead',
            dim=8,
            hidden_channels=16,
            encoder_concentration=40.0,
            backward_concentration=5.0,
            beta=0.5,
            loss_weight=2.0,
            norm_cfg=dict(type='BN'),
        ),
    ),
    vib=dict(
        type='Bottleneck',
        head=dict(type='VIBHead', in_channels=4, num_classes=3, beta=0.1, init_std=0.5),
    ),
    ceb=dict(
        type='Bottleneck',
        head=dict(type='CEBHead', in_channels=4, num_classes=3, beta=0.5, init_std=0.5),
    ),
    distill=dict(
        type='DistillLearner',
        neck=None,
        head=dict(type='DistillHead', in_channels=32, num_classes=3, temperature=0.5, alpha=0.6),
        teacher=dict(
            type='Classifier',
            backbone=BACKBONE,
            neck=FIRST_LAYER,
            head=dict(type='ClassifierHead', in_channels=16, num_classes=3, init_std=0.5),
        ),
    ),
    deep_infomax=dict(
        type='DeepInfoMax',
        backbone={**BACKBONE, 'out_indices': (1, 3)},  # 8 x 4 x 4 and 32 x 1 x 1 of 8 px
        maps={
            'local': dict(level=0, neck=dict(type='LocalNeck', in_channels=8, out_channels=12)),
            'vector': dict(level='neck', neck=dict(type='LocalNeck', in_channels=8, out_channels=12)),
        },
        head=dict(type='MutualInfoHead'),
        prior=dict(type='PriorHead', in_channels=8, hidden_channels=(6,)),
    ),
    amdim=dict(
        type='AMDIM',
        backbone={**BACKBONE, 'out_indices': (1, 2, 3)},  # 8 x 4 x 4, 16 x 2 x 2 and 32 x 1 x 1 of 8 px
        neck=None,
        maps={
            '7': dict(level=0, neck=dict(type='LocalNeck', in_channels=8, out_channels=12)),
            '5': dict(level=1, neck=dict(type='LocalNeck', in_channels=16, out_channels=12, last_norm='BN')),
            '1': dict(level=2, neck=dict(type='LocalNeck', in_channels=32, out_channels=12, norm_cfg=None)),
        },
        head=dict(
            type='MutualInfoHead', estimator='infonce', scaled=True, clip=20.0, penalty=0.04, loss_weight=0.5
        ),
    ),
    cpc=dict(
        type='CPC',
        backbone=dict(type='PatchResNet', blocks=(1, 1, 1), channels=(8, 8, 16), stem_channels=4),
        neck=dict(type='MLP', in_channels=16, hidden_channels=8, out_channels=8, num_layers=1),
        predictor=dict(
            type='GridPredictor',
            in_channels=16,
            out_channels=8,
            hidden_channels=8,
            num_blocks=2,
            steps=(2, 3),
        ),
        head=dict(type='ContrastiveHead', temperature=10.0),
    ),
    cmc=dict(
        type='CMC',
        backbone=dict(
            type='ViewBackbones',
            branches=[{**BACKBONE, 'in_channels': 1}, {**BACKBONE, 'in_channels': 2}],
            channels=[[0], [1, 2]],
        ),
        neck=dict(type='ViewNecks', necks=[NECK, NECK]),
        negatives=dict(type='BatchNegatives', views='key'),
        head=dict(type='ContrastiveHead', temperature=0.2),
    ),
    time_contrast=dict(type='TimeContrast', head=dict(type='TripletHead', margin=0.5)),
    view_prediction=dict(
        type='ViewPrediction',
        backbone=dict(
            type='ViewBackbones',
            branches=[{**BACKBONE, 'in_channels': 1}, {**BACKBONE, 'in_channels': 2}],
            channels=[[0], [1, 2]],
        ),
        neck=None,
        decoders=[
            dict(type='MapDecoder', in_channels=32, out_channels=n, num_doublings=2, norm_cfg=dict(type='BN'))
            for n in (1, 2)
        ],
        head=dict(type='PixelHead'),
    ),
    rotnet=dict(
        type='RotNet',
        neck=None,
        head=dict(type='ClassifierHead', in_channels=32, num_classes=4, init_std=0.1),
    ),
    jigsaw=dict(
        type='Jigsaw',
        tiles=dict(type='Tiles', grid=2, size=3),
        num_permutations=6,
        neck=dict(
            type='TileNeck',
            tile={**NECK, 'num_layers': 1, 'last_norm': 'full', 'last_relu': True},
            num_tiles=4,
        ),
        head=dict(type='ClassifierHead', in_channels=32, num_classes=6, init_std=0.1),
    ),
    pcl=dict(
        type='PCL',
        encoder=dict(type='EMAPair', momentum=0.9),
        memory=QUEUE,
        negatives=dict(type='QueueNegatives'),
        head=dict(type='ContrastiveHead', temperature=0.2),
        clusters=dict(type='ClusterMemory', num_clusters=[3, 5]),
        proto_head=dict(type='ContrastiveHead', temperature=0.2),
        num_negatives=4,
    ),
    hcsc=dict(
        type='HCSC',
        encoder=dict(type='EMAPair', momentum=0.9),
        memory=QUEUE,
        negatives=dict(type='QueueNegatives'),
        head=dict(type='ContrastiveHead', temperature=0.2),
        clusters=dict(type='ClusterTree', num_clusters=[5, 3]),
        proto_head=dict(type='ContrastiveHead', temperature=0.2),
    ),
)


def build(name: str, seed: int = 0, **changes):
    """A method in float64 with initialised weights, in training mode."""
    torch.manual_seed(seed)
    cfg = {'backbone': BACKBONE, 'neck': NECK, **METHODS[name], **changes}
    learner = MODELS.build(cfg)
    learner.init_weights()
    return learner.double().train()


def batch(num: int = 6, views: int = 2, start: int = 0, size: int = 8, seed: int = 0):
    """``views`` views of ``num`` images and their samples, from index ``start``."""
    generator = torch.Generator().manual_seed(seed)
    inputs = [torch.randn(num, 3, size, size, generator=generator, dtype=torch.float64) for _ in range(views)]
    samples = [DataSample(metainfo=dict(sample_idx=start + i, view_key=start + i)) for i in range(num)]
    return inputs, samples


def grids(num: int = 4, sides: int = 4, patch: int = 6, seed: int = 0):
    """Grids of patches of ``num`` images and their samples."""
    generator = torch.Generator().manual_seed(seed)
    shape = (num, sides, sides, 3, patch, patch)
    _, samples = batch(num=num)
    return torch.randn(shape, generator=generator, dtype=torch.float64), samples


def num_views(learner) -> int:
    """How many views of an image a learner needs."""
    return getattr(learner, 'num_needed', 1)


def clusterings(num: int, sizes=(3, 5), tree: bool = False, dim: int = 8, seed: int = 0) -> list:
    """A random clustering of ``num`` images for each k; the last cluster is empty but in a tree, whose levels lie on each other."""
    generator, levels = torch.Generator().manual_seed(seed), []
    for k in sizes:
        ids = torch.arange(num) % (k - 1)
        centroids = torch.randn(k, dim, generator=generator)
        level = ClusterResult(ids, F.normalize(centroids, dim=1), torch.linspace(0.1, 0.3, k))
        if tree and levels:
            level.assignments = torch.arange(len(levels[-1].centroids)) % k
            join_levels(levels[-1], level)
        levels.append(level)
    return levels


def total(losses: dict) -> torch.Tensor:
    """What is differentiated: the sum of the ``loss`` terms."""
    return sum(value for key, value in losses.items() if 'loss' in key)


def slow_distillation(student, teacher, t):
    """Equation 3 of SimCLR v2, an image and a class at a time, in float64."""
    total = 0.0
    for s, q in zip(student.tolist(), teacher.tolist()):
        log_p = [x / t - math.log(sum(math.exp(y / t) for y in s)) for x in s]
        target = [math.exp(x / t) / sum(math.exp(y / t) for y in q) for x in q]
        total -= sum(a * b for a, b in zip(target, log_p))
    return total / len(student)
