# LooC, colour left out (https://arxiv.org/abs/2008.05659), ImageNet-100. tools/dist_train.sh configs/looc/r50-colour_500e_imagenet100.py 8
_base_ = [
    '../_base_/views/left_out.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

# data/imagenet100: train and val with the 100 classes of CMC, in ImageNet's layout
train_dataloader = dict(  # 8 devices x 32
    batch_size=32, dataset=dict(data_root='data/imagenet100', pipeline=_base_.colour_pipeline)
)
val_dataloader = dict(dataset=dict(data_root='data/imagenet100'))
test_dataloader = val_dataloader
neck = dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, norm_cfg=None)
model = dict(
    type='LooC',
    num_left_out=1,
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='BN'), zero_init_residual=False),
    neck=dict(type='SpaceNecks', necks=[neck] * 2),
    encoder=dict(type='EMAPair', momentum=0.999, shuffle_bn=True, bn_splits=8),
    memory=dict(type='SpaceQueues', num_spaces=2, size=16384, dim=128),
    negatives=dict(type='QueueNegatives'),
    head=dict(type='ContrastiveHead', temperature=0.2),
)
param_scheduler = [dict(type='MultiStepLR', by_epoch=True, milestones=[300, 400], gamma=0.1)]
train_cfg = dict(max_epochs=500)
default_hooks = dict(momentum=dict(type='MomentumHook'))
