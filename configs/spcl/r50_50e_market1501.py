# SpCL (https://arxiv.org/abs/2006.02713), Market-1501, mAP 73.1, rank-1 88.1. tools/dist_train.sh configs/spcl/r50_50e_market1501.py 4
_base_ = [
    '../_base_/views/reid.py',
    '../_base_/datasets/market1501.py',
    '../_base_/schedules/adam.py',
    '../_base_/reid.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(dataset=dict(pipeline=_base_.train_pipeline))
val_dataloader = dict(dataset=dict(pipeline=_base_.test_pipeline))
test_dataloader = val_dataloader
model = dict(
    type='SpCL',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(
        type='ResNet',
        depth=50,
        strides=(1, 2, 2, 1),
        norm_cfg=dict(type='BN'),
        zero_init_residual=False,
        init_cfg=dict(type='Pretrained', checkpoint='torchvision://resnet50'),
    ),
    neck=dict(type='NormNeck', in_channels=2048),
    memory=dict(type='HybridMemory', dim=2048, momentum=0.2),
    head=dict(type='ContrastiveHead', temperature=0.05),
)
optim_wrapper = dict(optimizer=dict(lr=3.5e-4, weight_decay=5e-4))
param_scheduler = [dict(type='StepLR', by_epoch=True, step_size=20, gamma=0.1)]
auto_scale_lr = dict(base_batch_size=64)
train_cfg = dict(max_epochs=50)
default_hooks = dict(checkpoint=dict(save_best='reid/mAP'))
custom_hooks = [dict(type='SelfPacedHook', pipeline=_base_.test_pipeline)]
