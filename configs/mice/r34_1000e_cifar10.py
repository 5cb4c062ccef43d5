# MiCE on CIFAR-10, published ACC 83.5, NMI 73.7, ARI 69.8. python tools/train.py configs/mice/r34_1000e_cifar10.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/clusters.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='RandomView',
    size=32,
    crop_scale=(0.2, 1.0),
    grey_prob=0.2,
    grey_first=True,
    jitter=(0.4, 0.4, 0.4, 0.4),
    jitter_prob=1.0,
)
# trains on all images and clusters the same ones
train_dataloader = dict(batch_size=256, dataset=dict(split='train+test'))
val_dataloader = test_dataloader = dict(dataset=dict(split='train+test'))
model = dict(
    type='MiCE',
    data_preprocessor=dict(
        mean=[125.307, 122.961, 113.8575], std=[62.985, 62.0925, 66.708], views=[view] * 3
    ),
    backbone=dict(type='ResNet_CIFAR', depth=34, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
    neck=dict(type='ExpertsNeck', in_channels=512, out_channels=128, num_experts=10),
    encoder=dict(type='GatedPair', momentum=0.999),
    memory=dict(type='ExpertQueue', size=16384, dim=128, num_experts=10),
    head=dict(type='MixtureHead', in_channels=128, num_experts=10, temperature=1.0),
)
optim_wrapper = dict(optimizer=dict(type='SGD', lr=1.0, momentum=0.9, weight_decay=1e-4))
param_scheduler = [
    dict(type='LinearLR', by_epoch=True, start_factor=0.1, end=10),
    dict(type='MultiStepLR', by_epoch=True, milestones=[480, 640, 800], gamma=0.1),
]
train_cfg = dict(type='ResumableEpochLoop', max_epochs=1000, val_interval=50)
auto_scale_lr = dict(base_batch_size=256)
default_hooks = dict(
    momentum=dict(type='MomentumHook'),
    expert=dict(type='ExpertHook'),
    checkpoint=dict(interval=10, save_best=None),
)
