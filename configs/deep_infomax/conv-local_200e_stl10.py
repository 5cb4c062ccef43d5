# Deep InfoMax (https://arxiv.org/abs/1808.06670), JSD, STL-10. python tools/train.py configs/deep_infomax/conv-local_200e_stl10.py
_base_ = [
    '../_base_/datasets/stl10.py',
    '../_base_/schedules/adam.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

whole_image = dict(type='RandomView', size=64, crop_scale=(1.0, 1.0), crop_ratio=(1.0, 1.0), flip_prob=0)
train_dataloader = dict(batch_size=64)
val_dataloader = test_dataloader = dict(
    dataset=dict(pipeline=[dict(type='ResizeCenterCrop', resize=64, crop=64), dict(type='PackViews')])
)
model = dict(
    type='DeepInfoMax',
    data_preprocessor=dict(
        mean=[112.4239, 109.1161, 98.6309], std=[68.4083, 66.5665, 68.5104], views=[whole_image]
    ),
    backbone=dict(type='DIMConvNet', num_layers=4, base_channels=64, local=2),
    neck=dict(type='FlatMLP', in_channels=8192, hidden_channels=1024, out_channels=64),
    maps=dict(
        local=dict(level=0, neck=dict(type='LocalNeck', in_channels=256, out_channels=2048)),
        vector=dict(level='neck', neck=dict(type='LocalNeck', in_channels=64, out_channels=2048)),
    ),
    head=dict(type='MutualInfoHead', estimator='jsd'),
    prior=dict(type='PriorHead', in_channels=64, loss_weight=0.1),
)
train_cfg = dict(max_epochs=200)
