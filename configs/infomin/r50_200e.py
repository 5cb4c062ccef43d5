# InfoMin (https://arxiv.org/abs/2005.10243), ImageNet, published linear top-1 70.1. tools/dist_train.sh configs/infomin/r50_200e.py 8
_base_ = [
    '../_base_/views/infomin.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_epoch-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.train_pipeline))  # 8 devices x 32
model = dict(
    type='InfoMin',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='BN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, norm_cfg=None),
    pretext=dict(type='ShuffledTiles', grid=3, size=64),
    pretext_neck=dict(
        type='TileNeck',
        tile=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, norm_cfg=None),
        out_channels=128,
    ),
    encoder=dict(type='PiecesEMAPair', momentum=0.999, shuffle_bn=True, bn_splits=8),
    memory=dict(type='FeatureQueue', size=65536, dim=128),
    negatives=dict(type='QueueNegatives'),
    head=dict(type='ContrastiveHead', temperature=0.15),
)
param_scheduler = [dict(type='WarmupCosineLR', end_lr=3e-5, by_epoch=True)]
default_hooks = dict(momentum=dict(type='MomentumHook'))
