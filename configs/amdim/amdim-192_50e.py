# AMDIM (https://arxiv.org/abs/1906.00910), ImageNet 128 px, linear top-1 62. tools/dist_train.sh configs/amdim/amdim-192_50e.py 8
_base_ = [
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/adam_warmup-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='RandomView',
    size=128,
    crop_scale=(0.3, 1.0),
    crop_ratio=(0.7, 1.4),
    interpolation='bicubic',
    flip_prob=0,  # both views are flipped alike, by the model
    jitter=(0.4, 0.4, 0.4, 0.1),
    jitter_prob=0.8,
    grey_prob=0.25,
)
test_pipeline = [
    dict(type='LoadImage'),
    dict(type='ResizeCenterCrop', resize=146, crop=128, interpolation='bicubic'),
    dict(type='PackViews'),
]
train_dataloader = dict(
    batch_size=60,  # 8 devices x 60
    dataset=dict(
        pipeline=[
            dict(type='LoadImage', defer=True),
            dict(type='MultiView', views=[view, view]),
            dict(type='PackViews'),
        ]
    ),
)
val_dataloader = dict(dataset=dict(pipeline=test_pipeline))
test_dataloader = val_dataloader
neck = dict(
    type='LocalNeck', in_channels=1536, out_channels=1536, norm_cfg=None, last_norm='BN', zero_init=True
)
model = dict(
    type='AMDIM',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='AMDIMEncoder', size=128, width=192, depth=8, out_channels=1536),
    maps={'7': dict(level=0, neck=neck), '5': dict(level=1, neck=neck), '1': dict(level=2)},
    head=dict(
        type='MutualInfoHead', estimator='infonce', scaled=True, clip=20.0, penalty=0.04, loss_weight=0.5
    ),
)
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, by_epoch=False, begin=0, end=500),
    dict(type='MultiStepLR', by_epoch=True, milestones=[30, 45], gamma=0.2),
]
train_cfg = dict(max_epochs=50)
auto_scale_lr = dict(base_batch_size=480)
