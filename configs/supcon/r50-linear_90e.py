# SupCon (https://arxiv.org/abs/2004.11362), ImageNet, second stage, 78.7. tools/dist_train.sh configs/supcon/r50-linear_90e.py 8
_base_ = [
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

view = dict(type='RandomView', size=224, crop_scale=(0.08, 1.0))
train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=[view]),
    dict(type='PackViews'),
]
train_dataloader = dict(batch_size=512, dataset=dict(pipeline=train_pipeline))  # 8 devices x 512
model = dict(
    type='Classifier',
    pretrained='work_dirs/supcon/r50_350e/epoch_350.pth',
    pretrained_parts=('backbone',),
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(
        type='ResNet',
        depth=50,
        norm_cfg=dict(type='BN'),
        zero_init_residual=True,
        frozen_stages=4,  # all of it, batch norm in evaluation mode
    ),
    head=dict(type='ClassifierHead', in_channels=2048, num_classes=1000, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=1.6, weight_decay=0))
auto_scale_lr = dict(base_batch_size=4096)
train_cfg = dict(max_epochs=90, val_interval=10)
default_hooks = dict(checkpoint=dict(save_best=None))
