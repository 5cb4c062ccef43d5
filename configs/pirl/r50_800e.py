# PIRL (https://arxiv.org/abs/1912.01991), ImageNet, published linear top-1 63.6. tools/dist_train.sh configs/pirl/r50_800e.py 32
_base_ = [
    '../_base_/views/pirl.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_epoch-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=32, dataset=dict(pipeline=_base_.train_pipeline))  # 32 devices x 32
model = dict(
    type='PIRL',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='BN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, num_layers=1),
    pretext=dict(type='ShuffledTiles', grid=3, size=64, colour=_base_.tile_colour),
    pretext_neck=dict(
        type='TileNeck',
        tile=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, num_layers=1),
        out_channels=128,
    ),
    encoder=dict(type='PiecesPair'),
    memory=dict(type='MemoryBank', dim=128, momentum=0.5),
    positives=dict(type='BankPositives'),
    negatives=dict(type='BankNegatives', num=32000),
    head=dict(type='NCEHead', temperature=0.07),
)
optim_wrapper = dict(
    optimizer=dict(lr=0.12),  # 0.03 x 1024 / 256
    paramwise_cfg=dict(norm_decay_mult=0.0, bias_decay_mult=0.0),
)
param_scheduler = [dict(type='WarmupCosineLR', end_lr=0.00012, by_epoch=True)]
train_cfg = dict(max_epochs=800)
auto_scale_lr = dict(base_batch_size=1024)
