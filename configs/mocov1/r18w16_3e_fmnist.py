# MoCo v1 (https://arxiv.org/abs/1911.05722) under protocol FM. python tools/train.py configs/mocov1/r18w16_3e_fmnist.py
_base_ = ['../mocov2/r18w16_3e_fmnist.py']

model = dict(neck=dict(num_layers=1), head=dict(temperature=0.07))
