# MoCo v3 (https://arxiv.org/abs/2104.02057), ImageNet, published linear top-1 76.7. tools/dist_train.sh configs/mocov3/vit-b_300e.py 32
_base_ = ['./vit-s_300e.py']

model = dict(backbone=dict(arch='base'), neck=dict(in_channels=768))
