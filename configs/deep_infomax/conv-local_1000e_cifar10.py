# Deep InfoMax, DIM(L) with JSD, CIFAR-10, MLP on y 66.96. python tools/train.py configs/deep_infomax/conv-local_1000e_cifar10.py
_base_ = [
    '../_base_/datasets/cifar10.py',
    '../_base_/schedules/adam.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

whole_image = dict(type='RandomView', size=32, crop_scale=(1.0, 1.0), crop_ratio=(1.0, 1.0), flip_prob=0)
train_dataloader = dict(batch_size=64)
model = dict(
    type='DeepInfoMax',
    data_preprocessor=dict(
        mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], views=[whole_image]
    ),
    backbone=dict(type='DIMConvNet', num_layers=3, base_channels=64),
    neck=dict(type='FlatMLP', in_channels=4096, hidden_channels=1024, out_channels=64),
    maps=dict(
        local=dict(level=0, neck=dict(type='LocalNeck', in_channels=128, out_channels=2048)),
        vector=dict(level='neck', neck=dict(type='LocalNeck', in_channels=64, out_channels=2048)),
    ),
    head=dict(type='MutualInfoHead', estimator='jsd'),
    prior=dict(type='PriorHead', in_channels=64, loss_weight=0.1),
)
