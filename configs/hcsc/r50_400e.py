# HCSC (https://arxiv.org/abs/2202.00455), ImageNet, published linear top-1 71.0. tools/dist_train.sh configs/hcsc/r50_400e.py 8
_base_ = ['./r50_200e.py']

train_cfg = dict(max_epochs=400)
