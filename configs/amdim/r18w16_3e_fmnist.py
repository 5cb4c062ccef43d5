# AMDIM (https://arxiv.org/abs/1906.00910) under protocol FM. python tools/train.py configs/amdim/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='RandomView',
    size=32,
    crop_scale=(0.3, 1.0),
    crop_ratio=(0.7, 1.4),
    flip_prob=0,  # both views are flipped alike, by the model
    jitter=(0.4, 0.4, 0.4, 0.1),
    jitter_prob=0.8,
)
model = dict(
    type='AMDIM',
    data_preprocessor=dict(mean=[114.75] * 3, std=[57.375] * 3, views=[view, view]),
    backbone=dict(  # the protocol's, with its last two maps in the place of the paper's 7x7 and 5x5
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        out_indices=(2, 3),  # 64 x 8 x 8 and 128 x 4 x 4
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=False,
        init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
    ),
    neck=dict(type='MLP', in_channels=128, hidden_channels=512, out_channels=256, last_norm='full'),
    maps={
        '7': dict(
            level=0,
            neck=dict(
                type='LocalNeck',
                in_channels=64,
                out_channels=256,
                norm_cfg=None,
                last_norm='BN',
                zero_init=True,
            ),
        ),
        '5': dict(
            level=1,
            neck=dict(
                type='LocalNeck',
                in_channels=128,
                out_channels=256,
                norm_cfg=None,
                last_norm='BN',
                zero_init=True,
            ),
        ),
        '1': dict(level='neck'),
    },
    head=dict(
        type='MutualInfoHead', estimator='infonce', scaled=True, clip=20.0, penalty=0.04, loss_weight=0.5
    ),
)
optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam', lr=1e-3, weight_decay=1e-5))
