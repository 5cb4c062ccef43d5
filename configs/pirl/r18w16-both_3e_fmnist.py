# PIRL, rotation and tiles (https://arxiv.org/abs/1912.01991), FM. python tools/train.py configs/pirl/r18w16-both_3e_fmnist.py
_base_ = ['./r18w16_3e_fmnist.py']

model = dict(pretext=dict(type='TurnedTiles'))
