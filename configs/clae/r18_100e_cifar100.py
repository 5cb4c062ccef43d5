# CLAE (https://arxiv.org/abs/2010.12050), CIFAR-100, linear 55.52 (not checked). python tools/train.py configs/clae/r18_100e_cifar100.py
_base_ = ['./r18_100e_cifar10.py']

train_dataloader = dict(dataset=dict(type='CIFAR100', data_root='data/cifar100'))
val_dataloader = dict(dataset=dict(type='CIFAR100', data_root='data/cifar100'))
test_dataloader = val_dataloader
