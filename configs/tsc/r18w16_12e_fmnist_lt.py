# TSC (https://arxiv.org/abs/2111.13998), Fashion-MNIST-LT. python tools/train.py configs/tsc/r18w16_12e_fmnist_lt.py
_base_ = ['../kcl/r18w16_12e_fmnist_lt.py']

model = dict(
    type='TSC', targets=dict(type='ClassTargets', num_classes=10, dim=128, start_epoch=6), form='paper'
)
