# HCSC (https://arxiv.org/abs/2202.00455), multi-crop, linear top-1 74.1. tools/dist_train.sh configs/hcsc/r50-multicrop_400e.py 8
_base_ = ['./r50-multicrop_200e.py']

train_cfg = dict(max_epochs=400)
