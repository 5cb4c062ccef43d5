# HCL (https://arxiv.org/abs/2010.04592) on SimCLR under protocol FM. python tools/train.py configs/hcl/r18w16_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

model = dict(head=dict(type='HardNegativeHead', beta=0.5, debias=0.1))
