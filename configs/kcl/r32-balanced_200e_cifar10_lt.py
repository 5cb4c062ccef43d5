# KCL and TSC on CIFAR-10-LT, second stage: 77.6 and 79.7. python tools/train.py configs/kcl/r32-balanced_200e_cifar10_lt.py
_base_ = ['../cross_entropy/r32_200e_cifar10_lt.py']

train_dataloader = dict(sampler=dict(type='ClassBalancedSampler'))
model = dict(
    pretrained='work_dirs/kcl/r32_1000e_cifar10_lt/epoch_1000.pth',  # or tsc/r32_1000e_cifar10_lt/epoch_1000.pth
    pretrained_parts=('backbone',),
    backbone=dict(frozen_stages=3),  # all of it, batch norm in evaluation mode
)
optim_wrapper = dict(optimizer=dict(weight_decay=0))
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[140, 180, 190], gamma=0.1)]
