# SimSiam without head norms: 34.6 (https://arxiv.org/abs/2011.10566). tools/dist_train.sh configs/simsiam/r50-no-bn_100e.py 8
_base_ = ['./r50_100e.py']

model = dict(
    neck=dict(norm_cfg=None, last_norm=None, bias=True, last_bias=True),  # which batch norm made superfluous
    predictor=dict(norm_cfg=None, bias=True),
)
