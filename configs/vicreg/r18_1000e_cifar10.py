# VICReg on CIFAR-10, solo-learn's recipe: linear 92.07 as published there. python tools/train.py configs/vicreg/r18_1000e_cifar10.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='RandomView',
    size=32,
    crop_scale=(0.2, 1.0),
    jitter=(0.4, 0.4, 0.2, 0.1),
    jitter_prob=0.8,
    grey_prob=0.2,
    solarize_prob=0.1,
)
train_dataloader = dict(batch_size=256)
model = dict(
    type='VICReg',
    data_preprocessor=dict(
        mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], views=[view, view]
    ),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(
        type='MLP', in_channels=512, hidden_channels=2048, out_channels=2048, num_layers=3, last_bias=False
    ),
    encoder=dict(type='SharedPair', joint=False, normalize=False),
    head=dict(type='VICRegHead'),
)
optim_wrapper = dict(optimizer=dict(lr=0.3, eta=0.02, weight_decay=1e-4))
auto_scale_lr = dict(base_batch_size=256)
train_cfg = dict(max_epochs=1000)
