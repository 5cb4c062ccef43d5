# Greedy InfoMax (https://arxiv.org/abs/2008.01342) under protocol FM. python tools/train.py configs/loco/r18w16-gim_3e_fmnist.py
_base_ = ['./r18w16_3e_fmnist.py']

neck = _base_.neck
model = dict(
    backbone=dict(units=[(0, 0), (1, 1), (2, 2), (3, 3)]),
    neck=dict(necks=[dict(in_channels=width, **neck) for width in (16, 32, 64, 128)]),
)
