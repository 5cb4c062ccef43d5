"""Any config made small enough for a test: the same parts, data layout and classes; less depth, width, batch and side."""

import gzip
import struct
from pathlib import Path

import numpy as np
from mmengine.config import Config, ConfigDict

from tests.test_datasets.images import save

SIDE, WIDTH, BATCH, QUEUE = 32, 8, 8, 32


def shrink(cfg: Config, data_root: str, work_dir: str, epochs: int = 1) -> Config:
    """Shrink ``cfg`` in place and point its datasets at ``data_root``.

    ResNet-50 becomes ResNet-18, a vision transformer has one layer, widths become 8 (backbone) and 16 (heads), the batch 8, views 32 px,
    queues 32, prototypes 24 and clusterings at most 4. Where a share of the images has labels, all have; a long tail is not one.
    """
    cfg.work_dir = work_dir
    cfg.model = _small(cfg.model)
    _shrink_network(cfg.model)
    for loader in (cfg.train_dataloader, cfg.val_dataloader, cfg.test_dataloader):
        loader.update(batch_size=BATCH, num_workers=0, persistent_workers=False)
        loader.dataset = _small(loader.dataset)
        if loader.sampler.type == 'IdentitySampler':
            if loader.sampler.get('length'):
                loader.sampler.length = 2 * BATCH
            if loader.sampler.get('domain_batch'):
                loader.sampler.domain_batch = BATCH
        loader.dataset.data_root = data_root
        if loader.dataset.get('source_root'):
            loader.dataset.source_root = data_root
        if loader.dataset.get('download'):
            loader.dataset.download = False
    for name, hook in cfg.default_hooks.items():
        if name == 'clustering':
            hook.update(min_points=1, num_workers=0)
            if 'warmup_epochs' in hook:
                hook.warmup_epochs = min(hook.warmup_epochs, 1)
            cfg.default_hooks[name] = _small(hook)
    cfg.custom_hooks = _small(cfg.get('custom_hooks', []))
    for hook in cfg.custom_hooks:
        if hook.get('interval', 0) > 2:  # looks every so many iterations, of which there are few
            hook.interval = 2
    for schedule in cfg.param_scheduler:
        if schedule.get('warmup'):
            schedule.warmup = 0
    cfg.train_cfg.max_epochs = epochs
    cfg.env_cfg.dist_cfg = dict(timeout=120)
    return cfg


def _shrink_network(model: ConfigDict) -> None:
    """Shrink a network, and its teacher; neither starts from a file."""
    levels = _shrink_backbone(model.backbone)
    if model.get('pretext_neck'):
        model.pretext_neck.tile.update(in_channels=levels[-1], hidden_channels=16, out_channels=16)
        if model.pretext_neck.get('out_channels'):
            model.pretext_neck.out_channels = 16
    if model.get('neck') and model.neck.type == 'NormNeck':
        model.neck.in_channels = model.memory.dim = levels[-1]
    elif model.get('neck'):
        features = levels[-1] * (16 if model.neck.type == 'FlatMLP' else 1)  # of 4x4 places
        necks = model.neck.get('necks', [model.neck])
        each = levels if len(levels) == len(necks) else [features] * len(necks)
        for neck, width in zip(necks, each if model.neck.type == 'SpaceNecks' else [features] * len(necks)):
            hidden = {} if neck.type == 'ExpertsNeck' else dict(hidden_channels=16)
            neck.get('tile', neck).update(in_channels=width, out_channels=16, **hidden)
    for made in model.get('maps', {}).values():
        if made.get('neck'):
            channels = 16 if made.level == 'neck' else levels[made.level]
            made.neck.update(in_channels=channels, out_channels=16)
            if 'hidden_channels' in made.neck:
                made.neck.hidden_channels = 16
    for decoder in model.get('decoders', []):
        decoder.in_channels = levels[-1]
    if model.get('coordinates'):
        model.coordinates.in_channels = levels[0] + 16
    if model.get('regulariser', {}).get('decoder'):
        model.regulariser.decoder.update(
            in_channels=levels[-1], start=4, channels=(8, 8, 8, 8), last_stride=1
        )
    if model.get('prior'):
        model.prior.update(in_channels=16, hidden_channels=(16,))
    if model.get('predictor'):
        vector = model.predictor.type == 'BiasPredictor'
        widths = ['channels'] if vector else ['in_channels', 'hidden_channels', 'out_channels']
        model.predictor.update(dict.fromkeys(widths, 16))
        if model.predictor.type == 'GridPredictor':
            model.predictor.update(in_channels=levels[-1], num_blocks=1, steps=(2,))
    if 'num_classes' in model.head:
        model.head.in_channels = 16 if model.get('neck') else levels[-1]
        if model.head.type in ('VIBHead', 'CEBHead') and not model.head.get('std'):
            model.head.in_channels = 8  # a mean and a deviation each
    if model.get('tiles'):
        model.num_permutations = 24
        model.head.update(in_channels=9 * 16, num_classes=24)
    if model.get('pretrained'):
        model.pretrained = None
    if model.get('teacher'):
        _shrink_network(model.teacher)


def _shrink_backbone(backbone) -> list:
    """Shrink it in place; returns the channels of its outputs."""
    if backbone.type == 'MoCoV3ViT':
        arch = dict(embed_dims=WIDTH * 8, num_layers=1, num_heads=4, feedforward_channels=16)
        backbone.update(arch=arch, img_size=SIDE)
        return [WIDTH * 8]
    if backbone.type == 'ThinResNet':
        backbone.update(depth=8, base_channels=WIDTH)
        return [WIDTH * 4]
    if backbone.type == 'SKResNet':  # bottlenecks end in 32 times the base channels
        backbone.update(depth=50, base_channels=WIDTH // 4, stem_channels=WIDTH)
        return [WIDTH * 8]
    if backbone.type == 'SmallAlexNet':
        backbone.update(img_size=SIDE, channels=(WIDTH,) * 5, fc_channels=WIDTH * 8)
        return [WIDTH * 8]
    if backbone.type == 'VectorNet':
        backbone.channels = (WIDTH,)
        return [WIDTH]
    if backbone.type == 'AMDIMEncoder':
        backbone.update(size=SIDE, width=4, depth=1, out_channels=16)
        return [16, 16, 16]
    if backbone.type == 'DIMConvNet':
        backbone.update(num_layers=3, base_channels=WIDTH, local=1)  # 8 x 8 and 4 x 4 of 32 px
        return [WIDTH * 2, WIDTH * 4]
    if backbone.type == 'PatchResNet':
        backbone.update(blocks=(1, 1, 1), channels=(8, 8, 16), stem_channels=WIDTH)
        backbone.pop('widths', None)
        return [16]
    if backbone.type == 'ViewBackbones':
        return [_shrink_backbone(branch) for branch in backbone.branches][0]
    if isinstance(backbone.get('init_cfg'), dict) and backbone.init_cfg.type == 'Pretrained':
        backbone.init_cfg = None
    backbone.update(depth=18, base_channels=WIDTH, stem_channels=WIDTH)
    units = backbone.get('units', ((0, 1), (1, 2), (2, 3))) if backbone.type.startswith('Local') else ()
    stages = [last for _, last in units] or backbone.get('out_indices', (3,))
    return [WIDTH * 2**stage for stage in stages]


def _small(value):
    """Lower every side, queue, cluster count and number of batch norm parts, wherever it stands."""
    if isinstance(value, (list, tuple)):
        return [_small(item) for item in value]
    if not isinstance(value, dict):
        return value
    value = ConfigDict(
        {key: _small(item) if isinstance(item, (dict, list)) else item for key, item in value.items()}
    )
    kind = value.get('type')
    if value.get('labelled'):
        value.labelled.share = 1.0
    if value.get('long_tail'):
        value.long_tail.imbalance = 1
    if kind in ('RandomView', 'RelatedView'):
        value.size = SIDE
    elif kind == 'RandomCrop':
        value.crop_size = SIDE
    elif kind in ('Tiles', 'ShuffledTiles', 'TurnedTiles'):
        value.size = SIDE // 3 - 2
    elif kind == 'ReIDFolder':
        value.pop('folders', None)  # of the layout that there is a miniature of
    elif kind == 'Resize':
        value.scale = (SIDE, SIDE)
    elif kind in ('ResizeCenterCrop', 'ResizeRandomCrop'):
        value.update(resize=SIDE, crop=SIDE)
    elif kind == 'PatchPreprocessor':
        value.update(patch=16, stride=8)
    elif kind in ('FeatureQueue', 'LabelledQueue', 'CodeQueue', 'SpaceQueues'):
        value.update(size=QUEUE, dim=16)
    elif kind in ('MemoryBank', 'ViewBanks'):
        value.dim = 16
    elif kind == 'BankNegatives' and value.get('num', 4096) is not None:
        value.num = QUEUE
    elif kind == 'ClassTargets':
        value.update(dim=16, num_iters=2)
    elif kind == 'PrototypeHead':
        value.update(in_channels=16, num_prototypes=24)
    elif kind == 'CompressiveLatentHead':
        value.update(dim=16, hidden_channels=16)
    elif kind == 'ClusterMemory':
        value.num_clusters = [3, 4][: len(value.num_clusters)] + [4] * (len(value.num_clusters) - 2)
    elif kind == 'ExpertQueue':
        value.update(size=QUEUE, dim=16, num_experts=4)
    elif kind == 'MixtureHead':
        value.update(in_channels=16, num_experts=4)
    elif kind == 'ExpertsNeck':
        value.num_experts = 4
    elif kind == 'ClusterTree':
        value.num_clusters = [4, 3, 2][: len(value.num_clusters)]
    elif kind in ('EMAPair', 'PiecesEMAPair') and value.get('bn_splits', 1) > 1:
        value.bn_splits = 2
    return value


def imagenet(root: Path, num: int = 20) -> str:
    """ImageNet's layout with two classes of ``num`` / 2 small JPEG files, and two validation images."""
    for i in range(num):
        save(root / 'train' / ('n01440764', 'n01443537')[i % 2] / f'{i}.JPEG', i, format='JPEG')
    for i in range(2):
        save(root / 'val' / ('n01440764', 'n01443537')[i] / f'{i}.JPEG', i, format='JPEG')
    return str(root)


def imagenet_lt(root: Path, num: int = 20) -> str:
    """The same with a list of the training images."""
    imagenet(root, num)
    lines = [f'train/{("n01440764", "n01443537")[i % 2]}/{i}.JPEG {i % 2}' for i in range(num)]
    (root / 'ImageNet_LT_train.txt').write_text('\n'.join(lines))
    return str(root)


def aligned_folders(root: Path, num: int = 22) -> str:
    """Views rgb and depth, and left and right, of ``num`` scenes in two class folders."""
    for view, extension in (('rgb', 'jpg'), ('depth', 'png'), ('left', 'jpg'), ('right', 'jpg')):
        for i in range(num):
            save(root / view / 'ab'[i % 2] / f'{i}.{extension}', i)
    return str(root)


def market1501(root: Path, num: int = 20) -> str:
    """Market-1501's layout: ``num`` training images of four people by two cameras, two queries and a gallery, in another folder."""
    folder = root / 'Market-1501-v15.09.15'
    for i in range(num):
        person, camera = (2, 7, 10, 22)[i % 4], 1 + i // 4 % 2
        save(folder / 'bounding_box_train' / f'{person:04}_c{camera}s1_{i:06}_01.jpg', i)
    for i, person in enumerate((3, 5)):
        save(folder / 'query' / f'{person:04}_c1s1_{i:06}_00.jpg', i)
        save(folder / 'bounding_box_test' / f'{person:04}_c2s1_{i:06}_01.jpg', i + 2)
    save(folder / 'bounding_box_test' / '0000_c1s1_000009_01.jpg', 9)  # a distractor
    save(folder / 'bounding_box_test' / '-1_c1s1_000010_01.jpg', 10)  # junk
    return str(root)


def fashion_mnist(root: Path, num: int = 20) -> str:
    """Fashion-MNIST's four files with ``num`` training images and 10 test images of random pixels."""
    root.mkdir(parents=True, exist_ok=True)
    random = np.random.default_rng(0)
    for prefix, count in (('train', num), ('t10k', 10)):
        arrays = {
            'images-idx3': random.integers(0, 256, (count, 28, 28), dtype=np.uint8),
            'labels-idx1': (np.arange(count) % 10).astype(np.uint8),
        }
        for name, array in arrays.items():
            header = bytes([0, 0, 8, array.ndim]) + b''.join(struct.pack('>I', n) for n in array.shape)
            (root / f'{prefix}-{name}-ubyte.gz').write_bytes(gzip.compress(header + array.tobytes()))
    return str(root)
