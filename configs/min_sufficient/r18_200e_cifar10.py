# Reconstruction on SimCLR, CIFAR-10 (https://arxiv.org/abs/2203.07004). python tools/train.py configs/min_sufficient/r18_200e_cifar10.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/adam.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='RandomView',
    size=32,
    crop_scale=(0.08, 1.0),
    jitter=(0.8, 0.8, 0.8, 0.2),
    jitter_prob=0.8,
    grey_prob=0.2,
)
train_dataloader = dict(batch_size=256)
model = dict(
    type='SimCLR',
    data_preprocessor=dict(mean=[127.5] * 3, std=[127.5] * 3, views=[view, view]),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=512, hidden_channels=512, out_channels=128, norm_cfg=None),
    encoder=dict(type='TappedPair', joint=False),
    negatives=dict(type='BatchNegatives'),
    head=dict(type='ContrastiveHead', temperature=0.5),
    regulariser=dict(
        type='ReconstructionHead', decoder=dict(type='ImageDecoder', in_channels=512), loss_weight=1.0
    ),
)
optim_wrapper = dict(optimizer=dict(lr=3e-4))
train_cfg = dict(max_epochs=200)
auto_scale_lr = dict(base_batch_size=256)
