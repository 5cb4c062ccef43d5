# SimCLR v2 (https://arxiv.org/abs/2006.10029), 1 % labels, top-1 74.9. tools/dist_train.sh configs/simclrv2/r152-3x-sk-1pct_60e.py 8
_base_ = ['./r50-1pct_60e.py']

model = dict(
    pretrained='work_dirs/simclrv2/r152-3x-sk_800e/epoch_800.pth',
    backbone=dict(type='SKResNet', depth=152, base_channels=192, stem_channels=192),
    neck=dict(in_channels=6144, hidden_channels=6144, out_channels=6144),
    head=dict(in_channels=6144),
)
optim_wrapper = dict(optimizer=dict(lr=0.064))  # 0.002 x sqrt(1024)
