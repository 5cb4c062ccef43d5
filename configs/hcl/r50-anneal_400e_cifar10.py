# HCL on CIFAR-10, beta from 1 to 0 (the authors' --anneal down). python tools/train.py configs/hcl/r50-anneal_400e_cifar10.py
_base_ = ['./r50_400e_cifar10.py']

custom_hooks = [
    dict(type='KNNHook'),
    dict(type='ScheduleHook', name='head.beta', start=1.0, end=0.0, num_values=9, lag=1),
]
