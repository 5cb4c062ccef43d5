# AMDIM (https://arxiv.org/abs/1906.00910) on STL-10, published linear 94.2. python tools/train.py configs/amdim/amdim-128_300e_stl10.py
_base_ = [
    '../_base_/datasets/stl10.py',
    '../_base_/schedules/adam_warmup-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='RandomView',
    size=64,
    crop_scale=(0.3, 1.0),
    crop_ratio=(0.7, 1.4),
    flip_prob=0,  # both views are flipped alike, by the model
    jitter=(0.4, 0.4, 0.4, 0.2),
    jitter_prob=0.8,
    grey_prob=0.25,
)
train_dataloader = dict(batch_size=200)
neck = dict(
    type='LocalNeck', in_channels=1024, out_channels=1024, norm_cfg=None, last_norm='BN', zero_init=True
)
model = dict(
    type='AMDIM',
    data_preprocessor=dict(mean=[109.65, 107.1, 99.45], std=[68.85, 66.3, 68.85], views=[view, view]),
    backbone=dict(type='AMDIMEncoder', size=64, width=128, depth=3, out_channels=1024),
    maps={'7': dict(level=0, neck=neck), '5': dict(level=1, neck=neck), '1': dict(level=2)},
    head=dict(
        type='MutualInfoHead', estimator='infonce', scaled=True, clip=20.0, penalty=0.04, loss_weight=0.5
    ),
)
