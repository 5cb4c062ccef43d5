# HCSC (https://arxiv.org/abs/2202.00455), ImageNet, published linear top-1 72.0. tools/dist_train.sh configs/hcsc/r50_800e.py 8
_base_ = ['./r50_200e.py']

train_cfg = dict(max_epochs=800)
default_hooks = dict(clustering=dict(warmup_epochs=80))
