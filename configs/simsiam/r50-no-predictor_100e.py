# SimSiam without predictor: 0.1 (https://arxiv.org/abs/2011.10566). tools/dist_train.sh configs/simsiam/r50-no-predictor_100e.py 8
_base_ = ['./r50_100e.py']

model = dict(predictor=None)
optim_wrapper = dict(paramwise_cfg=None)
