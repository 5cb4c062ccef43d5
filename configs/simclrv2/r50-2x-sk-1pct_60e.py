# SimCLR v2 (https://arxiv.org/abs/2006.10029), 1 % labels, top-1 70.6. tools/dist_train.sh configs/simclrv2/r50-2x-sk-1pct_60e.py 8
_base_ = ['./r50-1pct_60e.py']

model = dict(
    pretrained='work_dirs/simclrv2/r50-2x-sk_800e/epoch_800.pth',
    backbone=dict(type='SKResNet', base_channels=128, stem_channels=128),
    neck=dict(in_channels=4096, hidden_channels=4096, out_channels=4096),
    head=dict(in_channels=4096),
)
optim_wrapper = dict(optimizer=dict(lr=0.064))  # 0.002 x sqrt(1024)
