# SimCLR v2 (https://arxiv.org/abs/2006.10029), half as wide, FM. python tools/train.py configs/simclrv2/r18w8-distill_3e_fmnist.py
_base_ = ['./r18w16-distill_3e_fmnist.py']

model = dict(
    backbone=dict(base_channels=8, stem_channels=8),
    head=dict(in_channels=64, temperature=1.0),
    teacher=dict(
        pretrained='work_dirs/simclrv2/r18w16-distill_3e_fmnist/epoch_3.pth',
        pretrained_parts=('backbone', 'head'),
        neck=None,
        head=dict(in_channels=128),
    ),
)
optim_wrapper = dict(optimizer=dict(lr=0.1, weight_decay=5e-4))
