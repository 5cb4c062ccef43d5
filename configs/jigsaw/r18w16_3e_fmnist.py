# Jigsaw puzzles (https://arxiv.org/abs/1603.09246) under protocol FM. python tools/train.py configs/jigsaw/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='Jigsaw',
    data_preprocessor=dict(
        mean=[114.75] * 3,
        std=[57.375] * 3,
        views=[dict(type='RandomView', size=42, crop_scale=(0.5, 1.0))],
    ),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=False,
        init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
    ),
    tiles=dict(type='Tiles', grid=3, size=12),  # of cells of 14
    num_permutations=100,
    neck=dict(
        type='TileNeck',
        tile=dict(
            type='MLP',
            in_channels=128,
            hidden_channels=128,
            out_channels=128,
            num_layers=1,
            last_norm='full',
            last_relu=True,
        ),
    ),
    head=dict(type='ClassifierHead', in_channels=1152, num_classes=100, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=0.1))
