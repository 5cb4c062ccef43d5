# SwAV on CIFAR-10, solo-learn's recipe: linear 89.17 as published there. python tools/train.py configs/swav/r18_1000e_cifar10.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='RandomView',
    size=32,
    crop_scale=(0.08, 1.0),
    interpolation='bicubic',
    jitter=(0.8, 0.8, 0.8, 0.2),
    jitter_prob=0.8,
    grey_prob=0.2,
)
train_dataloader = dict(batch_size=256)
model = dict(
    type='SwAV',
    data_preprocessor=dict(
        mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], views=[view, view]
    ),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=512, hidden_channels=2048, out_channels=128),
    encoder=dict(type='SharedPair'),
    head=dict(type='PrototypeHead', in_channels=128, num_prototypes=3000),
    memory=dict(type='CodeQueue', size=3840, dim=128, start_epoch=50),
    num_views=2,
)
optim_wrapper = dict(optimizer=dict(lr=0.6, eta=0.02, weight_decay=1e-6))
auto_scale_lr = dict(base_batch_size=256)
train_cfg = dict(max_epochs=1000)
custom_hooks = [dict(type='KNNHook'), dict(type='FreezeHook', modules=['head.prototypes'], epochs=2)]
