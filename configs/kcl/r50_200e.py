# KCL (ICLR 2021), ImageNet, top-1 77.0 in https://arxiv.org/abs/2111.13998. tools/dist_train.sh configs/kcl/r50_200e.py 8
_base_ = [
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_epoch-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=[dict(type='RandomView', size=224, crop_scale=(0.08, 1.0))] * 2),
    dict(type='PackViews'),
]
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline))  # 8 devices x 32
model = dict(
    type='MoCo',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='BN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, num_layers=1),
    encoder=dict(type='EMAPair', momentum=0.999, shuffle_bn=True, bn_splits=8),
    memory=dict(type='LabelledQueue', size=65536, dim=128),
    negatives=[dict(type='QueueNegatives'), dict(type='ClassPositives', sources=['queue'], num=6)],
    head=dict(type='SupConHead', temperature=0.07),
)
optim_wrapper = dict(optimizer=dict(lr=0.1, weight_decay=1e-4))
default_hooks = dict(momentum=dict(type='MomentumHook'))
custom_hooks = [dict(type='FillQueueHook'), dict(type='KNNHook')]
