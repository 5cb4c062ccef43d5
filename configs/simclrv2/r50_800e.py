# SimCLR v2 (https://arxiv.org/abs/2006.10029), R50, linear 71.7. tools/dist_train.sh configs/simclrv2/r50_800e.py 32
_base_ = [
    '../_base_/views/simclr.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/knn.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=128, dataset=dict(pipeline=_base_.train_pipeline))  # 32 devices x 128
model = dict(
    type='SimCLR',
    data_preprocessor=dict(
        mean=[0, 0, 0], std=[255, 255, 255]
    ),  # the authors' code scales to [0, 1] and no further
    backbone=dict(
        type='ResNet',
        depth=50,
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=True,
        init_cfg=[
            dict(type='Kaiming', layer='Conv2d', mode='fan_in', nonlinearity='linear'),
            dict(type='Constant', val=1, layer=['_BatchNorm', 'GroupNorm']),
        ],
    ),
    neck=dict(
        type='MLP',
        in_channels=2048,
        hidden_channels=2048,
        out_channels=128,
        num_layers=3,
        bias=False,
        last_bias=False,
        last_norm='scale',
        init='normal',
    ),
    encoder=dict(type='SharedPair'),
    negatives=dict(type='BatchNegatives'),
    head=dict(type='ContrastiveHead', temperature=0.1),
)
optim_wrapper = dict(optimizer=dict(lr=6.4, weight_decay=1e-4, lr_in_buffer=True))  # 0.1 x sqrt(4096)
param_scheduler = [dict(type='WarmupCosineLR', warmup=40, by_epoch=True, convert_to_iter_based=True)]
train_cfg = dict(max_epochs=800)
