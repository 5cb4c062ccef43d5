# HCSC (https://arxiv.org/abs/2202.00455), ImageNet, published linear top-1 69.2. tools/dist_train.sh configs/hcsc/r50_200e.py 8
_base_ = [
    '../_base_/views/mocov2.py',
    '../_base_/views/clustering.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_epoch-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.train_pipeline))  # 8 devices x 32
model = dict(
    type='HCSC',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='BN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, norm_cfg=None),
    encoder=dict(type='EMAPair', momentum=0.999, shuffle_bn=True, bn_splits=8),
    memory=dict(type='FeatureQueue', size=16384, dim=128),
    negatives=dict(type='QueueNegatives'),
    head=dict(type='ContrastiveHead', temperature=0.2),  # the authors' code: ZeroMaskHead, and below
    clusters=dict(type='ClusterTree', num_clusters=[3000, 2000, 1000]),
    proto_head=dict(type='ContrastiveHead', temperature=0.2),
)
default_hooks = dict(
    momentum=dict(type='MomentumHook'),
    clustering=dict(
        type='ClusteringHook', pipeline=_base_.clustering_pipeline, warmup_epochs=20, temperature=0.2, nredo=5
    ),
)
