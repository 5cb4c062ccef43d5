# SimCLR v2 (https://arxiv.org/abs/2006.10029), R152 3x SK, linear 79.8. tools/dist_train.sh configs/simclrv2/r152-3x-sk_800e.py 32
_base_ = ['./r50_800e.py']

model = dict(
    backbone=dict(type='SKResNet', depth=152, base_channels=192, stem_channels=192),
    neck=dict(in_channels=6144, hidden_channels=6144),
)
