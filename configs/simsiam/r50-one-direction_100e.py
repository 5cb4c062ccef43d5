# SimSiam in one direction: 64.8 (https://arxiv.org/abs/2011.10566). tools/dist_train.sh configs/simsiam/r50-one-direction_100e.py 8
_base_ = ['./r50_100e.py']

model = dict(pairs=[(0, 1)])
