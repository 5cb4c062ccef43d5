# Jigsaw puzzles (https://arxiv.org/abs/1603.09246), ImageNet, published linear top-1 48.6. tools/dist_train.sh configs/jigsaw/r50_105e.py 8
_base_ = [
    '../_base_/views/jigsaw.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.train_pipeline))  # 8 devices x 32
model = dict(
    type='Jigsaw',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='BN'), zero_init_residual=False),
    tiles=dict(type='Tiles', grid=3, size=64),
    num_permutations=100,
    neck=dict(
        type='TileNeck',
        tile=dict(
            type='MLP',
            in_channels=2048,
            hidden_channels=1000,
            out_channels=1000,
            num_layers=1,
            norm_cfg=dict(type='BN'),
            last_norm='full',
            last_relu=True,
        ),
    ),
    head=dict(type='ClassifierHead', in_channels=9000, num_classes=100, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=0.1), paramwise_cfg=dict(norm_decay_mult=0.0))
param_scheduler = [
    dict(type='LinearLR', start_factor=0.25, by_epoch=True, end=5, convert_to_iter_based=True),
    dict(type='MultiStepLR', by_epoch=True, milestones=[30, 60, 90, 100], gamma=0.1),
]
train_cfg = dict(max_epochs=105)
