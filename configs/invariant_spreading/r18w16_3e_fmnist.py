# (https://arxiv.org/abs/1904.03436) under protocol FM. python tools/train.py configs/invariant_spreading/r18w16_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

model = dict(
    backbone=dict(norm_cfg=dict(type='BN')),
    neck=dict(num_layers=1),
    encoder=dict(stop_gradient=True),
    head=dict(type='SpreadingHead', temperature=0.1),
)
