# Deep InfoMax (https://arxiv.org/abs/1808.06670) under protocol FM. python tools/train.py configs/deep_infomax/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

whole_image = dict(type='RandomView', size=32, crop_scale=(1.0, 1.0), crop_ratio=(1.0, 1.0), flip_prob=0)
model = dict(
    type='DeepInfoMax',
    data_preprocessor=dict(mean=[114.75] * 3, std=[57.375] * 3, views=[whole_image]),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        out_indices=(2, 3),  # 64 x 8 x 8, the local map, and 128 x 4 x 4
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=False,
        init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
    ),
    neck=dict(type='MLP', in_channels=128, hidden_channels=512, out_channels=64),
    maps=dict(
        local=dict(level=0, neck=dict(type='LocalNeck', in_channels=64, out_channels=256)),
        vector=dict(level='neck', neck=dict(type='LocalNeck', in_channels=64, out_channels=256)),
    ),
    head=dict(type='MutualInfoHead', estimator='infonce'),
    prior=dict(type='PriorHead', in_channels=64, loss_weight=0.1),
)
optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam', lr=1e-3))
