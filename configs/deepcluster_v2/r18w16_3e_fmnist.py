# DeepCluster-v2 (https://arxiv.org/abs/2006.09882) under protocol FM. python tools/train.py configs/deepcluster_v2/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/views/fashion_mnist.py',
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='DeepClusterV2',
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
    clusters=dict(type='ClusterMemory', num_clusters=[300, 300, 300]),
    memory=dict(type='ViewBanks', num_views=2, dim=128, momentum=0.0),
    head=dict(type='ContrastiveHead', temperature=0.1),
    num_views=2,
)
optim_wrapper = dict(optimizer=dict(lr=0.03))
default_hooks = dict(clustering=dict(type='BankClusteringHook'))
val_evaluator = test_evaluator = [dict(type='KNNMetric', k=200, temperature=0.1), dict(type='ClusterMetric')]
custom_hooks = [dict(type='KNNHook'), dict(type='ClusterAssignmentHook')]
