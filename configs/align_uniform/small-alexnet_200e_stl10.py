# Align-uniform (https://arxiv.org/abs/2005.10242), linear 83.19. python tools/train.py configs/align_uniform/small-alexnet_200e_stl10.py
_base_ = [
    '../_base_/datasets/stl10.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

views = [
    dict(
        type='RandomView',
        size=64,
        crop_scale=(0.08, 1.0),
        jitter=(0.4, 0.4, 0.4, 0.4),
        jitter_prob=1.0,
        grey_prob=0.2,
    )
] * 2
train_dataloader = dict(batch_size=768)
model = dict(
    type='AlignUniform',
    data_preprocessor=dict(mean=[112.4239, 109.1161, 98.6309], std=[68.4083, 66.5665, 68.5104], views=views),
    backbone=dict(type='SmallAlexNet', img_size=64),
    neck=dict(
        type='MLP',
        in_channels=4096,
        hidden_channels=4096,
        out_channels=128,
        num_layers=1,
        init_cfg=dict(type='Normal', layer='Linear', std=0.02),
    ),
    encoder=dict(type='SharedPair'),
    head=dict(type='AlignUniformHead', align=1.0, uniform=1.0, alpha=2.0, t=2.0),
)
optim_wrapper = dict(optimizer=dict(lr=0.36))  # 0.12 x 768 / 256
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[155, 170, 185], gamma=0.1)]
auto_scale_lr = dict(base_batch_size=768)
