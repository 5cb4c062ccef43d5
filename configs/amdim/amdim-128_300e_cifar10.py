# AMDIM on CIFAR-10, published linear 91.2. python tools/train.py configs/amdim/amdim-128_300e_cifar10.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/adam_warmup-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='RandomView',
    size=32,
    crop_scale=(0.64, 0.64),  # 32 of 40 px: moved by up to 4 px
    crop_ratio=(1.0, 1.0),
    flip_prob=0,  # both views are flipped alike, by the model
    jitter=(0.4, 0.4, 0.4, 0.2),
    jitter_prob=0.8,
    grey_prob=0.25,
)
train_dataloader = dict(batch_size=200)
neck = dict(
    type='LocalNeck', in_channels=512, out_channels=1024, norm_cfg=None, last_norm='BN', zero_init=True
)
model = dict(
    type='AMDIM',
    data_preprocessor=dict(
        type='PaddedPreprocessor',
        padding=4,
        mean=[125.3, 123.0, 113.9],
        std=[63.0, 62.1, 66.7],
        views=[view, view],
    ),
    backbone=dict(type='AMDIMEncoder', size=32, width=128, depth=3, out_channels=1024),
    maps={'7': dict(level=0, neck=neck), '5': dict(level=1, neck=neck), '1': dict(level=2)},
    head=dict(
        type='MutualInfoHead', estimator='infonce', scaled=True, clip=20.0, penalty=0.04, loss_weight=0.5
    ),
)
