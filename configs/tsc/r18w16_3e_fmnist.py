# TSC (https://arxiv.org/abs/2111.13998), with labels, under protocol FM. python tools/train.py configs/tsc/r18w16_3e_fmnist.py
_base_ = ['../kcl/r18w16_3e_fmnist.py']

model = dict(
    type='TSC', targets=dict(type='ClassTargets', num_classes=10, dim=128, start_epoch=1), form='paper'
)
