# SupCon (https://arxiv.org/abs/2004.11362), second stage, protocol FM. python tools/train.py configs/supcon/r18w16-linear_3e_fmnist.py
_base_ = [
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='Classifier',
    pretrained='work_dirs/supcon/r18w16_3e_fmnist/epoch_3.pth',
    pretrained_parts=('backbone',),
    data_preprocessor=dict(
        mean=[114.75] * 3, std=[57.375] * 3, views=[dict(type='RandomView', size=32, crop_scale=(0.2, 1.0))]
    ),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        norm_cfg=dict(type='BN'),
        zero_init_residual=False,
        frozen_stages=4,  # all of it, batch norm in evaluation mode
        init_cfg=[],
    ),
    head=dict(type='ClassifierHead', in_channels=128, num_classes=10, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=0.3, weight_decay=0))
train_cfg = dict(val_interval=3)
default_hooks = dict(checkpoint=dict(save_best=None))
