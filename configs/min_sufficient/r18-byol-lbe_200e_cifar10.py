# LBE on BYOL, CIFAR-10 (https://arxiv.org/abs/2203.07004). python tools/train.py configs/min_sufficient/r18-byol-lbe_200e_cifar10.py
_base_ = ['./r18-byol_200e_cifar10.py']

model = dict(
    backbone=dict(out_indices=(1, 2, 3)),
    encoder=dict(noise=0.1),
    regulariser=dict(
        _delete_=True, type='InformationHead', scale=20.0, weights=(0.25, 0.5, 1.0), loss_weight=0.1
    ),
)
