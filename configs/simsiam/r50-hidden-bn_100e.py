# SimSiam with hidden norms: 67.4 (https://arxiv.org/abs/2011.10566). tools/dist_train.sh configs/simsiam/r50-hidden-bn_100e.py 8
_base_ = ['./r50_100e.py']

model = dict(neck=dict(last_norm=None, last_bias=True))
