# HCL (https://arxiv.org/abs/2010.04592) on MoCo v2 under protocol FM. python tools/train.py configs/hcl/r18w16-mocov2_3e_fmnist.py
_base_ = ['../mocov2/r18w16_3e_fmnist.py']

model = dict(head=dict(type='HardNegativeHead', beta=0.5, debias=0.1))
