# SupCon on CIFAR-10, second stage: published accuracy 96.0. python tools/train.py configs/supcon/r50-linear_100e_cifar10.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=512)
model = dict(
    type='Classifier',
    pretrained='work_dirs/supcon/r50_1000e_cifar10/epoch_1000.pth',
    pretrained_parts=('backbone',),
    data_preprocessor=dict(
        mean=[125.307, 122.961, 113.8575],
        std=[51.5865, 50.847, 51.255],
        views=[dict(type='RandomView', size=32, crop_scale=(0.2, 1.0))],
    ),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=50,
        norm_cfg=dict(type='BN'),
        zero_init_residual=False,
        frozen_stages=4,  # all of it, batch norm in evaluation mode
    ),
    head=dict(type='ClassifierHead', in_channels=2048, num_classes=10, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=5.0, weight_decay=0))
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[60, 75, 90], gamma=0.2)]
auto_scale_lr = dict(base_batch_size=512)
train_cfg = dict(max_epochs=100)
default_hooks = dict(checkpoint=dict(save_best=None))
