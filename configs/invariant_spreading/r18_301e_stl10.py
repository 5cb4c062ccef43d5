# Invariant, Spreading (https://arxiv.org/abs/1904.03436), kNN 81.6. python tools/train.py configs/invariant_spreading/r18_301e_stl10.py
_base_ = [
    '../_base_/datasets/stl10.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='RandomView',
    size=96,
    crop_scale=(0.2, 1.0),
    jitter=(0.4, 0.4, 0.4, 0.4),
    jitter_prob=1.0,
    grey_prob=0.2,
)
train_dataloader = dict(batch_size=128)
val_dataloader = test_dataloader = dict(
    dataset=dict(pipeline=[dict(type='PackViews')])
)  # whole, as in training
model = dict(
    type='SimCLR',
    data_preprocessor=dict(
        mean=[125.307, 122.961, 113.8575], std=[51.5865, 50.847, 51.255], views=[view, view]
    ),
    backbone=dict(type='ResNet_CIFAR', depth=18, norm_cfg=dict(type='BN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=512, hidden_channels=512, out_channels=128, num_layers=1),
    encoder=dict(type='SharedPair', stop_gradient=True),
    negatives=dict(type='BatchNegatives'),
    head=dict(type='SpreadingHead', temperature=0.1),
)
optim_wrapper = dict(optimizer=dict(lr=0.03, weight_decay=5e-4))
param_scheduler = [  # x 0.1, x 0.05 and x 0.01 of the first rate
    dict(type='MultiStepLR', by_epoch=True, milestones=[120], gamma=0.1),
    dict(type='MultiStepLR', by_epoch=True, milestones=[160], gamma=0.5),
    dict(type='MultiStepLR', by_epoch=True, milestones=[200], gamma=0.2),
]
train_cfg = dict(type='ResumableEpochLoop', max_epochs=301, val_interval=10)
auto_scale_lr = dict(base_batch_size=128)
