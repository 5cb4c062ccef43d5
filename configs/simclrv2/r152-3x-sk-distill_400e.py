# SimCLR v2 (https://arxiv.org/abs/2006.10029), self-taught, top-1 76.6. tools/dist_train.sh configs/simclrv2/r152-3x-sk-distill_400e.py 32
_base_ = [
    '../_base_/views/simclr_crop.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

big = dict(
    type='SKResNet',
    depth=152,
    base_channels=192,
    stem_channels=192,
    norm_cfg=dict(type='SyncBN'),
    zero_init_residual=True,
    init_cfg=[
        dict(type='Kaiming', layer='Conv2d', mode='fan_in', nonlinearity='linear'),
        dict(type='Constant', val=1, layer=['_BatchNorm', 'GroupNorm']),
    ],
)
train_dataloader = dict(batch_size=128, dataset=dict(pipeline=_base_.train_pipeline))  # 32 devices x 128
model = dict(
    type='DistillLearner',
    data_preprocessor=dict(mean=[0, 0, 0], std=[255, 255, 255]),
    backbone=big,
    head=dict(type='DistillHead', in_channels=6144, num_classes=1000, temperature=0.1),
    teacher=dict(  # 10 % of labels: r152-3x-sk-10pct_30e/epoch_30.pth, published 80.9
        type='Classifier',
        pretrained='work_dirs/simclrv2/r152-3x-sk-1pct_60e/epoch_60.pth',
        pretrained_parts=('backbone', 'neck', 'head'),
        backbone=big,
        neck=dict(
            type='MLP',
            in_channels=6144,
            hidden_channels=6144,
            out_channels=6144,
            num_layers=1,
            last_bias=False,
            last_norm='full',
            last_relu=True,
        ),
        head=dict(type='ClassifierHead', in_channels=6144, num_classes=1000),
    ),
)
optim_wrapper = dict(optimizer=dict(lr=6.4, weight_decay=1e-4, lr_in_buffer=True))  # as in pre-training
param_scheduler = [dict(type='WarmupCosineLR', warmup=20, by_epoch=True, convert_to_iter_based=True)]  # 5 %
train_cfg = dict(max_epochs=400)
default_hooks = dict(checkpoint=dict(save_best=None))
