# SimCLR v2 (https://arxiv.org/abs/2006.10029), R50 2x, linear 75.6. tools/dist_train.sh configs/simclrv2/r50-2x_800e.py 32
_base_ = ['./r50_800e.py']

model = dict(
    backbone=dict(base_channels=128, stem_channels=128), neck=dict(in_channels=4096, hidden_channels=4096)
)
