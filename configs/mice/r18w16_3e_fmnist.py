# MiCE (https://arxiv.org/abs/2105.01899) under protocol FM. python tools/train.py configs/mice/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/views/fashion_mnist.py',
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='MiCE',
    data_preprocessor=dict(mean=[114.75] * 3, std=[57.375] * 3, views=[_base_.views[0]] * 3),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=False,
        init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
    ),
    neck=dict(type='ExpertsNeck', in_channels=128, out_channels=128, num_experts=10),
    encoder=dict(type='GatedPair', momentum=0.99),
    memory=dict(type='ExpertQueue', size=4096, dim=128, num_experts=10),
    head=dict(type='MixtureHead', in_channels=128, num_experts=10, temperature=1.0),
)
optim_wrapper = dict(optimizer=dict(lr=0.1))
default_hooks = dict(momentum=dict(type='MomentumHook'), expert=dict(type='ExpertHook'))
val_evaluator = test_evaluator = [dict(type='KNNMetric', k=200, temperature=0.1), dict(type='ClusterMetric')]
custom_hooks = [dict(type='KNNHook'), dict(type='ClusterAssignmentHook')]
