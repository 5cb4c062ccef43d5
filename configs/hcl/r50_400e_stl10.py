# HCL (https://arxiv.org/abs/2010.04592) on STL-10, published linear 87.44. python tools/train.py configs/hcl/r50_400e_stl10.py
_base_ = [
    '../_base_/datasets/stl10.py',
    '../_base_/schedules/adam.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(  # of 32 px, though the images have 96
    type='RandomView',
    size=32,
    crop_scale=(0.08, 1.0),
    jitter=(0.4, 0.4, 0.4, 0.1),
    jitter_prob=0.8,
    grey_prob=0.2,
    blur_prob=0.5,
)
train_dataloader = dict(batch_size=256)
val_dataloader = test_dataloader = dict(dataset=dict(pipeline=[dict(type='PackViews')]))  # whole
model = dict(
    type='SimCLR',
    data_preprocessor=dict(
        mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], views=[view, view]
    ),
    backbone=dict(type='ResNet_CIFAR', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=2048, hidden_channels=512, out_channels=128, bias=False),
    encoder=dict(type='SharedPair', joint=False),
    negatives=dict(type='BatchNegatives'),
    head=dict(type='HardNegativeHead', temperature=0.5, beta=1.0, debias=0.1),
)
optim_wrapper = dict(optimizer=dict(lr=1e-3, weight_decay=1e-6))
train_cfg = dict(max_epochs=400)
auto_scale_lr = dict(base_batch_size=256)
