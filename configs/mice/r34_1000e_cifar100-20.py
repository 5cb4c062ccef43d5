# MiCE (https://arxiv.org/abs/2105.01899), CIFAR-100-20, ACC 44.0, NMI 43.6. python tools/train.py configs/mice/r34_1000e_cifar100-20.py
_base_ = ['./r34_1000e_cifar10.py']

dataset = dict(type='CIFAR100', data_root='data/cifar100', coarse=True)
train_dataloader = dict(dataset=dataset)
val_dataloader = test_dataloader = dict(dataset=dataset)
model = dict(
    data_preprocessor=dict(mean=[129.2925, 124.1085, 112.404], std=[68.1615, 65.4075, 70.4055]),
    neck=dict(num_experts=20),
    memory=dict(num_experts=20),
    head=dict(num_experts=20),
)
