# LBE on SimCLR (https://arxiv.org/abs/2203.07004), protocol FM. python tools/train.py configs/min_sufficient/r18w16-lbe_3e_fmnist.py
_base_ = ['../simclr/r18w16_3e_fmnist.py']

model = dict(
    backbone=dict(out_indices=(1, 2, 3)),
    encoder=dict(type='TappedPair', noise=0.1),
    regulariser=dict(type='InformationHead', scale=20.0),
)
