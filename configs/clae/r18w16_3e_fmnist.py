# CLAE (https://arxiv.org/abs/2010.12050) on SimCLR under protocol FM. python tools/train.py configs/clae/r18w16_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

model = dict(type='CLAE', encoder=dict(type='TwinPair'), eps=0.067, alpha=1.0)  # of pixels, the paper's 0.015
