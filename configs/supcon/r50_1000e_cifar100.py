# SupCon (https://arxiv.org/abs/2004.11362), CIFAR-100, published 76.5. python tools/train.py configs/supcon/r50_1000e_cifar100.py
_base_ = ['./r50_1000e_cifar10.py']

train_dataloader = dict(dataset=dict(type='CIFAR100', data_root='data/cifar100'))
val_dataloader = dict(dataset=dict(type='CIFAR100', data_root='data/cifar100'))
test_dataloader = val_dataloader
model = dict(data_preprocessor=dict(mean=[129.285, 124.0085, 112.4295], std=[68.2125, 65.4075, 70.4055]))
