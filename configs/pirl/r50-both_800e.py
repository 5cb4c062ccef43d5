# PIRL, rotation and tiles (https://arxiv.org/abs/1912.01991), ImageNet, linear 63.1. tools/dist_train.sh configs/pirl/r50-both_800e.py 32
_base_ = ['./r50_800e.py']

model = dict(pretext=dict(type='TurnedTiles'))
