# TSC (https://arxiv.org/abs/2111.13998), CIFAR-100-LT, published 43.8. python tools/train.py configs/tsc/r32_1000e_cifar100_lt.py
_base_ = ['../kcl/r32_1000e_cifar100_lt.py']

model = dict(
    type='TSC',
    pairs=[(0, 1), (1, 0)],
    targets=dict(type='ClassTargets', num_classes=100, dim=128),
    head=dict(loss_weight=0.5),  # the mean of both directions
    form='paper',
)
