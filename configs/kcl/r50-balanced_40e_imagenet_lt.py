# KCL, TSC (https://arxiv.org/abs/2111.13998), stage 2, ImageNet-LT. tools/dist_train.sh configs/kcl/r50-balanced_40e_imagenet_lt.py 8
_base_ = [
    '../_base_/datasets/imagenet_lt.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=[dict(type='RandomView', size=224, crop_scale=(0.08, 1.0))]),
    dict(type='PackViews'),
]
train_dataloader = dict(
    batch_size=256,  # 8 devices x 256
    sampler=dict(type='ClassBalancedSampler', in_a_row=4),
    dataset=dict(pipeline=train_pipeline),
)
model = dict(
    type='Classifier',
    pretrained='work_dirs/kcl/r50_200e_imagenet_lt/epoch_200.pth',  # or tsc/r50_400e_imagenet_lt/epoch_400.pth
    pretrained_parts=('backbone',),
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(
        type='ResNet',
        depth=50,
        norm_cfg=dict(type='BN'),
        zero_init_residual=False,
        frozen_stages=4,  # all of it, batch norm in evaluation mode
    ),
    head=dict(type='ClassifierHead', in_channels=2048, num_classes=1000, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=10.0, weight_decay=0))
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[20, 30], gamma=0.1)]
auto_scale_lr = dict(base_batch_size=2048)
val_evaluator = dict(shots=(20, 100))
test_evaluator = val_evaluator
custom_hooks = [dict(type='ClassCountHook')]
train_cfg = dict(max_epochs=40)
default_hooks = dict(checkpoint=dict(save_best=None))
