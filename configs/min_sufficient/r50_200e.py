# Reconstruction on SimCLR (https://arxiv.org/abs/2203.07004), ImageNet, 4 GPUs. tools/dist_train.sh configs/min_sufficient/r50_200e.py 4
_base_ = [
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='RandomView',
    size=224,
    crop_scale=(0.08, 1.0),
    jitter=(0.8, 0.8, 0.8, 0.2),
    jitter_prob=0.8,
    grey_prob=0.2,
)
pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=[view, view]),
    dict(type='PackViews'),
]
train_dataloader = dict(batch_size=256, dataset=dict(pipeline=pipeline))  # 4 devices x 256
model = dict(
    type='SimCLR',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, norm_cfg=None),
    encoder=dict(type='TappedPair', joint=False),
    negatives=dict(type='BatchNegatives'),
    head=dict(type='ContrastiveHead', temperature=0.5),
    regulariser=dict(
        type='ReconstructionHead',
        decoder=dict(
            type='ImageDecoder', in_channels=2048, start=7, channels=(64, 128, 128, 128, 64), last_stride=2
        ),
        loss_weight=0.1,
    ),
)
optim_wrapper = dict(optimizer=dict(lr=1.2))  # 0.3 x 1024 / 256
param_scheduler = [dict(type='WarmupCosineLR', by_epoch=True)]
train_cfg = dict(max_epochs=200)
auto_scale_lr = dict(base_batch_size=1024)
