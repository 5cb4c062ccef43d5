# C-SimCLR (https://arxiv.org/abs/2109.12909), linear top-1 about 70.1. tools/dist_train.sh configs/compressive/r50_300e.py 32
_base_ = [
    '../_base_/views/byol.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=128, dataset=dict(pipeline=_base_.train_pipeline))  # 32 devices x 128
model = dict(
    type='CSimCLR',
    data_preprocessor=dict(
        mean=[0, 0, 0], std=[255, 255, 255]
    ),  # the authors' code scales to [0, 1] and no further
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=True),
    neck=dict(
        type='MLP', in_channels=2048, hidden_channels=4096, out_channels=256, last_bias=False, init='lecun'
    ),
    encoder=dict(type='SharedPair'),
    negatives=dict(type='BatchNegatives'),
    head=dict(
        type='ContrastiveCEBHead',
        encoder_concentration=1024.0,
        backward_concentration=10.0,
        beta=1.0,
        loss_weight=2.0,  # the authors add the two directions
    ),
)
train_cfg = dict(max_epochs=300)
