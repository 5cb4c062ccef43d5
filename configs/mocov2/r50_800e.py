# MoCo v2 (https://arxiv.org/abs/2003.04297), ImageNet, published linear top-1 71.1. tools/dist_train.sh configs/mocov2/r50_800e.py 8
_base_ = ['./r50_200e.py']

train_cfg = dict(max_epochs=800)
