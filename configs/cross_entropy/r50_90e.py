# Cross-entropy (https://arxiv.org/abs/1512.03385), ImageNet, top-1 about 76.1. tools/dist_train.sh configs/cross_entropy/r50_90e.py 8
_base_ = [
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

view = dict(type='RandomView', size=224, crop_scale=(0.08, 1.0))
train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=[view]),
    dict(type='PackViews'),
]
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline))  # 8 devices x 32
model = dict(
    type='Classifier',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='BN'), zero_init_residual=False),
    head=dict(type='ClassifierHead', in_channels=2048, num_classes=1000, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=0.1, weight_decay=1e-4))
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[30, 60], gamma=0.1)]
train_cfg = dict(max_epochs=90)
default_hooks = dict(checkpoint=dict(save_best=None))
