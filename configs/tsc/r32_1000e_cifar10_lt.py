# TSC on CIFAR-10-LT, imbalance 100: published 79.7. python tools/train.py configs/tsc/r32_1000e_cifar10_lt.py
_base_ = ['../kcl/r32_1000e_cifar10_lt.py']

model = dict(
    type='TSC',
    pairs=[(0, 1), (1, 0)],
    targets=dict(type='ClassTargets', num_classes=10, dim=128),
    head=dict(loss_weight=0.5),  # the mean of both directions
    form='paper',
)
