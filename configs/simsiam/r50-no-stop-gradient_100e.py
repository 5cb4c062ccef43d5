# SimSiam no stop-gradient: 0.1 (https://arxiv.org/abs/2011.10566). tools/dist_train.sh configs/simsiam/r50-no-stop-gradient_100e.py 8
_base_ = ['./r50_100e.py']

model = dict(encoder=dict(type='SharedPair', joint=False))
