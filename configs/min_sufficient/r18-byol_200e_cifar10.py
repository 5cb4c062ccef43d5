# Reconstruction on BYOL, CIFAR-10 (https://arxiv.org/abs/2203.07004). python tools/train.py configs/min_sufficient/r18-byol_200e_cifar10.py
_base_ = ['./r18_200e_cifar10.py']

train_dataloader = dict(batch_size=128)
model = dict(
    _delete_=True,
    type='BYOL',
    data_preprocessor=_base_.model.data_preprocessor,
    backbone=_base_.model.backbone,
    neck=dict(type='MLP', in_channels=512, hidden_channels=512, out_channels=128),
    predictor=dict(type='MLP', in_channels=128, hidden_channels=128, out_channels=128),
    encoder=dict(type='TappedEMAPair', momentum=0.996, end_momentum=1.0),
    head=dict(type='LatentHead'),
    regulariser=dict(
        type='ReconstructionHead', decoder=dict(type='ImageDecoder', in_channels=512), loss_weight=0.1
    ),
)
auto_scale_lr = dict(base_batch_size=128)
default_hooks = dict(momentum=dict(type='MomentumHook'))
