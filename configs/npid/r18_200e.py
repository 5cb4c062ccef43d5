# NPID (https://arxiv.org/abs/1805.01978), ImageNet, published 1-NN 41.0. tools/dist_train.sh configs/npid/r18_200e.py 8
_base_ = ['./r50_200e.py']

model = dict(backbone=dict(depth=18), neck=dict(in_channels=512))
