# LBE on SimCLR, CIFAR-10 (https://arxiv.org/abs/2203.07004). python tools/train.py configs/min_sufficient/r18-lbe_200e_cifar10.py
_base_ = ['./r18_200e_cifar10.py']

model = dict(
    backbone=dict(out_indices=(1, 2, 3)),
    encoder=dict(noise=0.1),
    regulariser=dict(
        _delete_=True, type='InformationHead', scale=20.0, weights=(0.25, 0.5, 1.0), loss_weight=1.0
    ),
)
