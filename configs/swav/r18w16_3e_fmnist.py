# SwAV (https://arxiv.org/abs/2006.09882) under protocol FM. python tools/train.py configs/swav/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/views/fashion_mnist.py',
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='SwAV',
    data_preprocessor=dict(mean=[114.75] * 3, std=[57.375] * 3, views=_base_.views),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=False,
        init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
    ),
    neck=dict(type='MLP', in_channels=128, hidden_channels=512, out_channels=128),
    encoder=dict(type='SharedPair'),
    head=dict(type='PrototypeHead', in_channels=128, num_prototypes=300),
    memory=dict(type='CodeQueue', size=3840, dim=128, start_epoch=1),
    num_views=2,
)
optim_wrapper = dict(optimizer=dict(lr=0.1))
val_evaluator = test_evaluator = [dict(type='KNNMetric', k=200, temperature=0.1), dict(type='ClusterMetric')]
custom_hooks = [dict(type='KNNHook'), dict(type='ClusterAssignmentHook')]
