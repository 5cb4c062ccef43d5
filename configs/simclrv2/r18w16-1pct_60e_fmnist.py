# SimCLR v2 (https://arxiv.org/abs/2006.10029), 1 % of labels, FM. python tools/train.py configs/simclrv2/r18w16-1pct_60e_fmnist.py
_base_ = [
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/lars_warmup-cosine.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

train_dataloader = dict(batch_size=200, dataset=dict(labelled=dict(share=0.01, only=True)))
model = dict(
    type='Classifier',
    pretrained='work_dirs/simclrv2/r18w16_3e_fmnist/epoch_3.pth',
    data_preprocessor=dict(
        mean=[114.75] * 3, std=[57.375] * 3, views=[dict(type='RandomView', size=32, crop_scale=(0.2, 1.0))]
    ),
    backbone=dict(
        type='ResNet_CIFAR',
        depth=18,
        base_channels=16,
        stem_channels=16,
        norm_cfg=dict(type='SyncBN'),
        zero_init_residual=False,
        init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
    ),
    neck=dict(  # the projector's first layer
        type='MLP',
        in_channels=128,
        hidden_channels=512,
        out_channels=512,
        num_layers=1,
        last_norm='full',
        last_relu=True,
    ),
    head=dict(type='ClassifierHead', in_channels=512, num_classes=10),
)
optim_wrapper = dict(
    optimizer=dict(lr=0.16, weight_decay=0), paramwise_cfg=dict(custom_keys={'head': dict(adapt=False)})
)
param_scheduler = [dict(type='WarmupCosineLR', by_epoch=True, convert_to_iter_based=True)]
auto_scale_lr = dict(base_batch_size=200)
train_cfg = dict(max_epochs=60, val_interval=60)
default_hooks = dict(checkpoint=dict(interval=60, save_best=None))
