# MoCo v2 (https://arxiv.org/abs/2003.04297) under protocol FM. python tools/train.py configs/mocov2/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/views/fashion_mnist.py',
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='MoCo',
    data_preprocessor=dict(mean=[114.75] * 3, std=[57.375] * 3, views=_base_.views),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        norm_cfg=dict(type='BN'),
        zero_init_residual=False,
        init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
    ),
    neck=dict(
        type='MLP',
        in_channels=128,
        hidden_channels=512,
        out_channels=128,
        norm_cfg=dict(type='BN'),
        last_norm='plain',
    ),
    encoder=dict(type='EMAPair', momentum=0.99, shuffle_bn=True, bn_splits=8),
    pairs=[(0, 1), (1, 0)],  # the symmetric option of the authors' CIFAR demo
    memory=dict(type='FeatureQueue', size=4096, dim=128),
    negatives=dict(type='QueueNegatives'),
    head=dict(type='ContrastiveHead', temperature=0.2),
)
optim_wrapper = dict(optimizer=dict(lr=0.1))
default_hooks = dict(momentum=dict(type='MomentumHook'))
