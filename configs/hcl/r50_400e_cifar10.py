# HCL on CIFAR-10, the authors' recipe (https://arxiv.org/abs/2010.04592). python tools/train.py configs/hcl/r50_400e_cifar10.py
_base_ = [
    '../_base_/views/cifar.py',
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

views = [dict(_base_.views[0], blur_prob=0.5)] * 2
train_dataloader = dict(batch_size=256)
model = dict(
    type='SimCLR',
    data_preprocessor=dict(mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], views=views),
    backbone=dict(type='ResNet_CIFAR', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=2048, hidden_channels=512, out_channels=128, bias=False),
    encoder=dict(type='SharedPair', joint=False),
    negatives=dict(type='BatchNegatives'),
    head=dict(type='HardNegativeHead', temperature=0.5, beta=1.0, debias=0.1),
)
optim_wrapper = dict(optimizer=dict(_delete_=True, type='Adam', lr=1e-3, weight_decay=1e-6))
param_scheduler = []
train_cfg = dict(max_epochs=400, val_interval=10)
