# VICReg (https://arxiv.org/abs/2105.04906) under protocol FM. python tools/train.py configs/vicreg/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/views/fashion_mnist.py',
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='VICReg',
    data_preprocessor=dict(mean=[114.75] * 3, std=[57.375] * 3, views=_base_.views),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=False,
        init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
    ),
    neck=dict(
        type='MLP', in_channels=128, hidden_channels=512, out_channels=512, num_layers=3, last_bias=False
    ),
    encoder=dict(type='SharedPair', joint=False, normalize=False),
    head=dict(type='VICRegHead'),
)
optim_wrapper = dict(optimizer=dict(lr=0.01))  # its terms weigh 25: at 0.1 it diverges within ten steps
