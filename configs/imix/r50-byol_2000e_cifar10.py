# i-Mix BYOL on CIFAR-10: published linear 96.3. python tools/train.py configs/imix/r50-byol_2000e_cifar10.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='RandomView',
    size=32,
    crop_scale=(0.2, 1.0),
    jitter=(0.4, 0.4, 0.4, 0.1),
    jitter_prob=0.8,
    grey_prob=0.2,
)
train_dataloader = dict(batch_size=256)
model = dict(
    type='BYOL',
    data_preprocessor=dict(
        type='MixingPreprocessor',
        mixing=dict(type='MixupViews', alpha=1.0),
        mean=[125.307, 122.961, 113.8575],
        std=[51.5865, 50.847, 51.255],
        views=[view, view],
    ),
    backbone=dict(type='ResNet_CIFAR', depth=50, norm_cfg=dict(type='BN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, norm_cfg=dict(type='BN')),
    predictor=dict(
        type='MLP', in_channels=128, hidden_channels=2048, out_channels=128, norm_cfg=dict(type='BN')
    ),
    encoder=dict(type='EMAPair', momentum=0.999, shuffle_bn=True, bn_splits=2),  # the authors' two GPUs
    pairs=[(2, 1)],
    positives=dict(type='MixedPositives'),
    head=dict(type='LatentHead'),
)
optim_wrapper = dict(optimizer=dict(lr=0.125, weight_decay=1e-4))
param_scheduler = [
    dict(type='WarmupCosineLR', warmup=10, end_lr=1.25e-4, by_epoch=True, convert_to_iter_based=True)
]
train_cfg = dict(max_epochs=2000, val_interval=100)
default_hooks = dict(momentum=dict(type='MomentumHook'))
