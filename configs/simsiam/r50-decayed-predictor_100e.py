# SimSiam with a decaying h: 67.7 (https://arxiv.org/abs/2011.10566). tools/dist_train.sh configs/simsiam/r50-decayed-predictor_100e.py 8
_base_ = ['./r50_100e.py']

optim_wrapper = dict(paramwise_cfg=dict(custom_keys={'predictor': dict(fixed_lr=False)}))
