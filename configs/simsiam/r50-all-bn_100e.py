# SimSiam with all norms: unstable (https://arxiv.org/abs/2011.10566). tools/dist_train.sh configs/simsiam/r50-all-bn_100e.py 8
_base_ = ['./r50_100e.py']

model = dict(predictor=dict(last_norm='full', last_bias=False))
