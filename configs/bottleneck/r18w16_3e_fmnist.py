# VIB (https://arxiv.org/abs/1612.00410), with labels, under protocol FM. python tools/train.py configs/bottleneck/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='Bottleneck',
    data_preprocessor=dict(
        mean=[114.75] * 3,
        std=[57.375] * 3,
        views=[dict(type='RandomView', size=32, crop_scale=(0.5, 1.0))],
    ),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        norm_cfg=dict(type='BN'),
        zero_init_residual=False,
        init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
    ),
    neck=dict(type='MLP', in_channels=128, hidden_channels=128, out_channels=128, num_layers=1),
    head=dict(type='VIBHead', in_channels=64, num_classes=10, beta=1e-3),
)
optim_wrapper = dict(optimizer=dict(lr=0.1))
custom_hooks = [
    dict(type='KNNHook'),
    dict(type='ScheduleHook', name='head.beta', start=0.0, end=1e-3, num_values=2),  # free in the first epoch
]
val_evaluator = [dict(type='KNNMetric', k=200, temperature=0.1), dict(type='ClassifierAccuracy')]
test_evaluator = val_evaluator
