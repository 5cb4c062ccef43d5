# SimCLR v2 (https://arxiv.org/abs/2006.10029), R50 SK, linear 74.6. tools/dist_train.sh configs/simclrv2/r50-sk_800e.py 32
_base_ = ['./r50_800e.py']

model = dict(backbone=dict(type='SKResNet'))
