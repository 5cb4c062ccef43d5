# HCSC (https://arxiv.org/abs/2202.00455), multi-crop, linear top-1 74.2. tools/dist_train.sh configs/hcsc/r50-multicrop_800e.py 8
_base_ = ['./r50-multicrop_200e.py']

train_cfg = dict(max_epochs=800)
default_hooks = dict(clustering=dict(warmup_epochs=80))
