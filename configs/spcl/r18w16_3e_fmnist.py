# SpCL (https://arxiv.org/abs/2006.02713) under protocol FM. python tools/train.py configs/spcl/r18w16_3e_fmnist.py
_base_ = [
    '../_base_/views/fashion_mnist.py',
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(sampler=dict(_delete_=True, type='IdentitySampler', num_instances=4))
model = dict(
    type='SpCL',
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
    neck=dict(type='NormNeck', in_channels=128),
    memory=dict(type='HybridMemory', dim=128, momentum=0.2),
    head=dict(type='ContrastiveHead', temperature=0.1),
)
optim_wrapper = dict(optimizer=dict(lr=0.06))
custom_hooks = [
    dict(type='KNNHook'),
    dict(type='SelfPacedHook', k1=20, eps=0.5),  # instances of 60,000 images, not of some thousand people
]
