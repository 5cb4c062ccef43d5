# MiCE (https://arxiv.org/abs/2105.01899), STL-10, ACC 75.2, NMI 63.5, ARI 57.5. python tools/train.py configs/mice/r34_3000e_stl10.py
_base_ = ['./r34_1000e_cifar10.py']

view = dict(
    type='RandomView',
    size=96,
    crop_scale=(0.2, 1.0),
    grey_prob=0.2,
    grey_first=True,
    jitter=(0.4, 0.4, 0.4, 0.4),
    jitter_prob=1.0,
)
dataset = dict(type='STL10', data_root='data/stl10')  # the 13,000 labelled images
train_dataloader = dict(dataset=dataset)
val_dataloader = test_dataloader = dict(dataset=dataset)
model = dict(
    data_preprocessor=dict(
        mean=[112.4295, 109.1145, 98.634], std=[68.4165, 66.5805, 69.1815], views=[view] * 3
    ),
    backbone=dict(type='ResNet', depth=34, norm_cfg=dict(type='SyncBN'), zero_init_residual=False),
)
param_scheduler = [
    dict(type='LinearLR', by_epoch=True, start_factor=0.1, end=10),
    dict(type='MultiStepLR', by_epoch=True, milestones=[1500, 2000, 2500], gamma=0.1),
]
train_cfg = dict(max_epochs=3000)
