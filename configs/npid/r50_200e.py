# NPID (https://arxiv.org/abs/1805.01978), ImageNet, published kNN 46.5, linear 54.0. tools/dist_train.sh configs/npid/r50_200e.py 8
_base_ = [
    '../_base_/views/instdisc.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/sgd_epoch-step.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_pipeline = [
    dict(type='LoadImage', defer=True),
    dict(type='MultiView', views=_base_.views[:1]),
    dict(type='PackViews'),
]
train_dataloader = dict(batch_size=32, dataset=dict(pipeline=train_pipeline))  # 8 devices x 32
model = dict(
    type='NPID',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='BN'), zero_init_residual=False),
    neck=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, num_layers=1),
    encoder=dict(type='SharedPair'),
    memory=dict(type='MemoryBank', dim=128, momentum=0.5),
    positives=dict(type='BankPositives'),
    negatives=dict(type='BankNegatives', num=4096),
    head=dict(type='NCEHead', temperature=0.07),
)
