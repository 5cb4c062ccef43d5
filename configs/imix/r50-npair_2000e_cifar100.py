# i-Mix N-pair (https://arxiv.org/abs/2010.08887), CIFAR-100, linear 75.8. python tools/train.py configs/imix/r50-npair_2000e_cifar100.py
_base_ = ['./r50-npair_4000e_cifar10.py']

train_dataloader = dict(dataset=dict(type='CIFAR100', data_root='data/cifar100'))
val_dataloader = dict(dataset=dict(type='CIFAR100', data_root='data/cifar100'))
test_dataloader = val_dataloader
model = dict(data_preprocessor=dict(mean=[129.285, 124.0085, 112.4295], std=[68.2125, 65.4075, 70.4055]))
train_cfg = dict(max_epochs=2000)
