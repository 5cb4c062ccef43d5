# SupCon (https://arxiv.org/abs/2004.11362), ImageNet, published top-1 78.7. tools/dist_train.sh configs/supcon/r50_350e.py 64
_base_ = [
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

view = dict(
    type='Compose',
    transforms=[
        dict(type='RandomView', size=224, crop_scale=(0.08, 1.0), interpolation='bicubic'),
        dict(type='AutoAugment', policies='imagenet', hparams=dict(pad_val=[124, 116, 104])),
    ],
)
train_pipeline = [
    dict(type='LoadImage'),
    dict(type='MultiView', views=[view] * 2),
    dict(type='PackViews'),
]
train_dataloader = dict(batch_size=96, dataset=dict(pipeline=train_pipeline))  # 64 devices x 96
model = dict(
    type='SimCLR',
    data_preprocessor=dict(mean=[123.675, 116.28, 103.53], std=[58.395, 57.12, 57.375]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=True),
    neck=dict(type='MLP', in_channels=2048, hidden_channels=2048, out_channels=128, norm_cfg=None),
    encoder=dict(type='SharedPair'),
    negatives=[dict(type='BatchNegatives'), dict(type='ClassPositives')],
    head=dict(type='SupConHead', temperature=0.1),
)
optim_wrapper = dict(optimizer=dict(lr=7.2, weight_decay=1e-6))  # SimCLR's 0.3 x 6144 / 256
auto_scale_lr = dict(base_batch_size=6144)
train_cfg = dict(max_epochs=350)
