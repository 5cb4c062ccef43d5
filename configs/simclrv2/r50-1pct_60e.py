# SimCLR v2 (https://arxiv.org/abs/2006.10029), 1 % labels, top-1 57.9. tools/dist_train.sh configs/simclrv2/r50-1pct_60e.py 8
_base_ = [
    '../_base_/views/simclr_crop.py',
    '../_base_/datasets/imagenet.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(
    batch_size=128,  # 8 devices x 128
    # about 13 images a class; the authors' own choice: labelled=dict(file='1percent.txt', only=True), a list from their repository
    dataset=dict(pipeline=_base_.train_pipeline, labelled=dict(share=0.01, only=True)),
)
model = dict(
    type='Classifier',
    pretrained='work_dirs/simclrv2/r50_800e/epoch_800.pth',
    data_preprocessor=dict(mean=[0, 0, 0], std=[255, 255, 255]),
    backbone=dict(type='ResNet', depth=50, norm_cfg=dict(type='SyncBN'), zero_init_residual=True),
    neck=dict(  # the projector's first layer
        type='MLP',
        in_channels=2048,
        hidden_channels=2048,
        out_channels=2048,
        num_layers=1,
        last_bias=False,
        last_norm='full',
        last_relu=True,
    ),
    head=dict(type='ClassifierHead', in_channels=2048, num_classes=1000),
)
optim_wrapper = dict(
    optimizer=dict(lr=0.16, weight_decay=0, lr_in_buffer=True),  # 0.005 x sqrt(1024)
    paramwise_cfg=dict(custom_keys={'head': dict(adapt=False)}),
)
param_scheduler = [dict(type='WarmupCosineLR', by_epoch=True, convert_to_iter_based=True)]
auto_scale_lr = dict(base_batch_size=1024)
train_cfg = dict(max_epochs=60)
default_hooks = dict(checkpoint=dict(save_best=None))
