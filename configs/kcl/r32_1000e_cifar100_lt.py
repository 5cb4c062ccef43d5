# KCL on CIFAR-100-LT, 42.8 in TSC's paper (https://arxiv.org/abs/2111.13998). python tools/train.py configs/kcl/r32_1000e_cifar100_lt.py
_base_ = ['./r32_1000e_cifar10_lt.py']

train_dataloader = dict(dataset=dict(type='CIFAR100', data_root='data/cifar100'))  # 10,847 images
val_dataloader = dict(dataset=dict(type='CIFAR100', data_root='data/cifar100'))
test_dataloader = val_dataloader
val_evaluator = dict(shots=(20, 100))
test_evaluator = val_evaluator
