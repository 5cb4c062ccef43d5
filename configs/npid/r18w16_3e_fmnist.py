# NPID (https://arxiv.org/abs/1805.01978) under protocol FM. python tools/train.py configs/npid/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/views/fashion_mnist.py',
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

model = dict(
    type='NPID',
    data_preprocessor=dict(mean=[114.75] * 3, std=[57.375] * 3, views=_base_.views[:1]),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        norm_cfg=dict(type='BN'),
        zero_init_residual=False,
        init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
    ),
    neck=dict(type='MLP', in_channels=128, hidden_channels=512, out_channels=128, num_layers=1),
    encoder=dict(type='SharedPair'),
    memory=dict(type='MemoryBank', dim=128, momentum=0.5),
    positives=dict(type='BankPositives'),
    negatives=dict(type='BankNegatives', num=4096, per_anchor=False),
    head=dict(type='ContrastiveHead', temperature=0.1),
)
optim_wrapper = dict(optimizer=dict(lr=0.1))
default_hooks = dict(bank=dict(type='BankHook'))  # three epochs do not get over a random bank
