# mixup (https://arxiv.org/abs/1710.09412), ImageNet, published top-1 77.9. tools/dist_train.sh configs/mixup/r50_200e.py 8
_base_ = [
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

view = dict(type='RandomView', size=224, crop_scale=(0.08, 1.0), jitter=(0.4, 0.4, 0.4, 0.0), jitter_prob=1.0)
train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=[view]),
    dict(type='PackViews'),
]
train_dataloader = dict(batch_size=128, dataset=dict(pipeline=train_pipeline))  # 8 devices x 128
model = dict(
    type='Classifier',
    data_preprocessor=dict(
        type='BatchAugmentPreprocessor',
        batch_augments=dict(augments=[dict(type='Mixup', alpha=0.2)]),
        num_classes=1000,
        mean=[123.675, 116.28, 103.53],
        std=[58.395, 57.12, 57.375],
    ),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='BN'), zero_init_residual=True),
    head=dict(type='ClassifierHead', in_channels=2048, num_classes=1000, init_std=0.01),
)
optim_wrapper = dict(optimizer=dict(lr=0.4, weight_decay=1e-4))
param_scheduler = [
    dict(type='LinearLR', start_factor=1e-3, by_epoch=True, end=5, convert_to_iter_based=True),
    dict(type='MultiStepLR', by_epoch=True, milestones=[60, 120, 180], gamma=0.1),
]
auto_scale_lr = dict(base_batch_size=1024)
train_cfg = dict(max_epochs=200)
default_hooks = dict(checkpoint=dict(save_best=None))
