# SimCLR v2 (https://arxiv.org/abs/2006.10029), self-taught, FM. python tools/train.py configs/simclrv2/r18w16-distill_3e_fmnist.py
_base_ = [
    '../_base_/datasets/fashion_mnist.py',
    '../_base_/schedules/sgd_cosine.py',
    '../_base_/accuracy.py',
    '../_base_/default_runtime.py',
]

net = dict(
    type='ResNet_CIFAR',
    depth=18,
    base_channels=16,
    stem_channels=16,
    norm_cfg=dict(type='SyncBN'),
    zero_init_residual=False,
    init_cfg=[],  # PyTorch's own initialisation, as the protocol's anchors
)
model = dict(
    type='DistillLearner',
    data_preprocessor=dict(
        mean=[114.75] * 3, std=[57.375] * 3, views=[dict(type='RandomView', size=32, crop_scale=(0.2, 1.0))]
    ),
    backbone=net,
    head=dict(type='DistillHead', in_channels=128, num_classes=10, temperature=0.1),
    teacher=dict(
        type='Classifier',
        pretrained='work_dirs/simclrv2/r18w16-1pct_60e_fmnist/epoch_60.pth',
        pretrained_parts=('backbone', 'neck', 'head'),
        backbone=net,
        neck=dict(
            type='MLP',
            in_channels=128,
            hidden_channels=512,
            out_channels=512,
            num_layers=1,
            last_norm='full',
            last_relu=True,
        ),
        head=dict(type='ClassifierHead', in_channels=512, num_classes=10),
    ),
)
# times the temperature, which scales the gradient, this is 0.1; likewise the decay
optim_wrapper = dict(optimizer=dict(lr=1.0, weight_decay=5e-5))
train_cfg = dict(max_epochs=3, val_interval=3)
default_hooks = dict(checkpoint=dict(save_best=None))
