# CLAE on SimCLR, CIFAR-10, paper: linear 83.32 (not checked). python tools/train.py configs/clae/r18_100e_cifar10.py
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
    type='CLAE',
    data_preprocessor=dict(mean=[127.5] * 3, std=[127.5] * 3, views=[view, view]),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=512, hidden_channels=512, out_channels=64, norm_cfg=None),
    encoder=dict(type='TwinPair', bn_momentum=0.01),
    negatives=dict(type='BatchNegatives'),
    head=dict(type='ContrastiveHead', temperature=0.5),
    eps=0.03,
    alpha=1.0,
)
optim_wrapper = dict(optimizer=dict(lr=3e-4))
train_cfg = dict(max_epochs=100)
auto_scale_lr = dict(base_batch_size=256)
