# Greedy InfoMax (https://arxiv.org/abs/2008.01342), 64.7 (not checked). tools/dist_train.sh configs/loco/r50-gim_800e.py 32
_base_ = ['./r50_800e.py']

neck = _base_.neck
model = dict(
    backbone=dict(units=[(0, 0), (1, 1), (2, 2), (3, 3)]),
    neck=dict(necks=[dict(in_channels=width, **neck) for width in (256, 512, 1024, 2048)]),
)
